<?php
// For shared hosting, where nothing but PHP runs: passes the webhook's requests on to the program,
// wherever that is, and answers as it answers. Put it into the folder of the shop's website; the
// webhook's URL is then https://shop.example/smartcart.php?key=KEY

// Where the program receives, with the secret of its webhook.
const PROGRAM = 'https://program.example/webhook/SECRET';
// What the URL must carry, 16 characters or more that nobody can guess.
const KEY = '';

const MOST_BYTES = 4 * 1024 * 1024;
const SECONDS = 8;  // the marketplace waits about 10
const PASSED_ON = ['CONTENT_TYPE' => 'Content-Type', 'HTTP_WEBHOOK_ID' => 'webhook-id',
    'HTTP_WEBHOOK_TIMESTAMP' => 'webhook-timestamp', 'HTTP_WEBHOOK_SIGNATURE' => 'webhook-signature'];

function answer(int $status, string $body): void
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo $body;
    exit;
}

function refuse(int $status, string $code, string $message): void
{
    answer($status, json_encode(['errors' => [['code' => $code, 'messages' => [$message]]]]));
}

if (strlen(KEY) < 16) {
    refuse(500, 'key', 'KEY is not set in this file.');
}
if (!is_string($_GET['key'] ?? null) || !hash_equals(KEY, $_GET['key'])) {
    refuse(403, 'key', 'The key in the URL is not the right one.');
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    refuse(405, 'method', 'Only POST is answered here.');
}
$body = file_get_contents('php://input', false, null, 0, MOST_BYTES + 1);
if (strlen($body) > MOST_BYTES) {
    refuse(413, 'body', 'The body is larger than ' . MOST_BYTES . ' bytes.');
}

$headers = ['Content-Length: ' . strlen($body), 'Connection: close'];
foreach (PASSED_ON as $given => $name) {
    if (isset($_SERVER[$given])) {
        $headers[] = $name . ': ' . $_SERVER[$given];
    }
}
// A status of 400 and more is an answer like any other; a redirect is one too, and not followed.
$request = stream_context_create(['http' => ['method' => 'POST', 'header' => $headers,
    'content' => $body, 'timeout' => SECONDS, 'ignore_errors' => true, 'follow_location' => 0]]);
$answered = @file_get_contents(PROGRAM, false, $request, 0, MOST_BYTES);
if ($answered === false || !preg_match('{^HTTP/\S+ (\d{3})}', $http_response_header[0] ?? '', $found)) {
    refuse(502, 'program', 'The program does not answer.');
}
answer((int) $found[1], $answered);
