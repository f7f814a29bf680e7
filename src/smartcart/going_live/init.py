"""`smartcart merchant init`: from nothing to a shop whose webhook is known to work."""

import os
from pathlib import Path

import msgspec

from smartcart.going_live import writing
from smartcart.going_live.answers import Answers, is_url, new_secret, webhook_url
from smartcart.going_live.checks.folders import check_print_folder
from smartcart.going_live.checks.market import Told, ask_marketplace, check_clock
from smartcart.going_live.checks.policy import check_policy
from smartcart.going_live.checks.stock import check_stock
from smartcart.going_live.checks.token import check_token
from smartcart.going_live.finding import N_, Level
from smartcart.going_live.talking import Talk
from smartcart.going_live.trial import Trial
from smartcart.kit.egress import UrlError, parse_url
from smartcart.kit.settings import Secret, SettingsError, load
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import read_shops, shop_names

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(MerchantSettings)}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say; None is asked for, or has its default where nobody is asked."""

    config: Path
    shop: str = ""
    overwrite: bool = False
    api_url: str | None = None
    vendor: str | None = None
    development: bool = False
    token: Secret | None = None
    stock: str = ""
    site: str | None = None
    webhook_url: str | None = None
    host: str | None = None
    port: int | None = None
    print_folder: Path | None = None
    database: str | None = None
    policy: bool | None = None
    ip_ranges_url: str = ""
    trial: bool | None = None
    wait_seconds: float = 180


async def init(given: Given, talk: Talk) -> bool:
    """Set the shop up as far as it is not; whether all is well.

    Raises `SettingsError` for a file of several shops, unless another of that name can be added.
    """
    if given.shop:
        writing.require_room(given.config, given.shop)
    else:
        _require_one_shop(given.config)
    if given.config.exists() and not given.shop and not _to_be_overwritten(given, talk):
        settings = load(MerchantSettings, "merchant", given.config, os.environ)
        usable = await _check(settings, talk)
    else:
        settings, usable = await _set_up(given, talk)
    talk.tell(check_print_folder(settings.print_folder))
    talk.tell(check_policy(settings))
    told = await ask_marketplace(settings.api_url, given.ip_ranges_url)
    talk.tell(check_clock(told))
    _tell_the_marketplace(settings, told, talk)
    if usable and await _wants_trial(given, talk):
        async for finding in Trial(settings, given.wait_seconds).run():
            talk.tell(finding)
    talk.blank()
    talk.say(N_("Run the shop: smartcart merchant run --config {file}"), file=given.config)
    look = N_("Look it over: smartcart doctor --config {file}")
    look_at_it = N_("Look it over: smartcart doctor --config {file} --shop {shop}")
    talk.say(look_at_it if given.shop else look, file=given.config, shop=given.shop)
    return talk.bad == 0


def _require_one_shop(config: Path) -> None:
    try:
        several = config.exists() and shop_names(config, {})
    except SettingsError:
        return  # told when it is read, or written over
    if several:
        raise SettingsError(
            [
                f"{config}: has several shops; say with --shop NAME which to add, or have one "
                "that is there looked over by: smartcart doctor --shop NAME"
            ]
        )


def _to_be_overwritten(given: Given, talk: Talk) -> bool:
    talk.say(N_("{config} is there already:"), config=given.config)
    for shown in writing.shown(given.config).splitlines():
        talk.show(shown)
    if given.overwrite:
        return True
    overwrite = talk.confirm(
        N_("Ask everything again, and write it anew? What is there is kept beside it."),
        default=False,
    )
    if not overwrite:
        talk.say(N_("It stays as it is."))
    return overwrite


async def _set_up(given: Given, talk: Talk) -> tuple[MerchantSettings, bool]:
    folder = given.config.absolute().parent
    answers, usable = await _marketplace(given, talk, folder)
    answers = await _stock(given, talk, answers)
    answers = _folders(given, talk, answers, folder)
    files = writing.write(answers, given.config.absolute())
    talk.blank()
    talk.say(N_("Written, the secrets readable by you alone:"))
    for file in files:
        talk.show(file)
    if given.shop:
        shops = read_shops(given.config, os.environ, {})
        return next(one.settings for one in shops if one.name == given.shop), usable
    return load(MerchantSettings, "merchant", given.config, os.environ), usable


async def _marketplace(given: Given, talk: Talk, folder: Path) -> tuple[Answers, bool]:
    """What concerns the marketplace, and whether it takes the token."""
    question = N_("The marketplace's Orders API, everything before /merchants/…")
    api_url = given.api_url or talk.ask(question, str(_DEFAULTS["api_url"]))
    kept = writing.kept_secret(given.config.absolute(), "webhook_secret", given.shop)
    secret = kept or new_secret()
    host, port = _address(given)
    answers = Answers(
        api_url=api_url,
        token=given.token or _token(talk),
        webhook_secret=secret,
        webhook_url="",
        vendor=given.vendor or str(_DEFAULTS["vendor"]),
        development=given.development,
        host=host,
        port=port,
        print_folder=folder / "vouchers" / given.shop,
        database=_database(given.database or str(folder / f"{given.shop or 'merchant'}.db")),
        shop=given.shop,
    )
    answers, usable = await _with_taken_token(answers, talk)
    return _with_url(given, talk, answers), usable


def _address(given: Given) -> tuple[str, int]:
    """Where the program listens: of several shops it is the whole process's."""
    common = writing.common(given.config) if given.shop else {}
    host, port = str(common.get("host", "127.0.0.1")), int(str(common.get("port", 8800)))
    wanted = given.host or host, given.port or port
    if given.shop and given.config.exists() and wanted != (host, port):
        raise SettingsError(
            [f"port: the shops of {given.config} are at {host}:{port}, which is the whole "
             "process's; set host and port under [merchant]"]
        )  # fmt: skip
    return wanted


def _database(given: str) -> str:
    """A plain path is made absolute, as every other path that is written."""
    return given if "://" in given else str(Path(given).absolute())


async def _with_taken_token(answers: Answers, talk: Talk) -> tuple[Answers, bool]:
    """Asks for another token until one is taken, or nobody wants to give one."""
    while True:
        found = talk.tell(await check_token(_settings(answers)))
        if found.level is not Level.BAD or not _again(talk):
            return answers, found.level is Level.OK
        talk.forget(found)
        answers = msgspec.structs.replace(answers, token=_token(talk))


def _token(talk: Talk) -> Secret:
    question = N_("The token of the Orders API, from the marketplace's pages (it is not shown)")
    return Secret(talk.ask_secret(question, "--token-file"))


def _again(talk: Talk) -> bool:
    return talk.confirm(N_("Give another one?"), default=not talk.yes)


def _with_url(given: Given, talk: Talk, answers: Answers) -> Answers:
    """The webhook's URL: given whole, or by the website in front, or the program's own."""
    url = given.webhook_url
    if url is None:
        own = f"http://{answers.host}:{answers.port}"
        question = N_("The shop's website, as https://shop.example, which passes the webhook on")
        site = given.site or talk.ask(question, own if given.development else "")
        if site == own:
            url = f"{own}/webhook/{answers.webhook_secret.reveal()}"
        else:
            url = webhook_url(site, answers.webhook_secret) if site else ""
    if url:
        _check_url(url, development=given.development)
    return msgspec.structs.replace(answers, webhook_url=url)


def _check_url(url: str, *, development: bool) -> None:
    try:
        target = parse_url(url)
    except UrlError as error:
        raise SettingsError([f"webhook_url: {error}"]) from error
    if target.scheme != "https" and not development:
        raise SettingsError(
            ["webhook_url: must begin with https:// and the shop's own domain; without TLS only "
             "with --development"]
        )  # fmt: skip


async def _stock(given: Given, talk: Talk, answers: Answers) -> Answers:
    """Asks for another list until one can be read, or nobody wants to give one."""
    question = N_(
        "The stock list, an XML feed, CSV or Excel: the path of a file, or its URL (JSON, a "
        "database: leave it empty and see docs/how-to/stock.md)"
    )
    stock = given.stock
    while True:
        stock = stock or talk.ask(question)
        answers = msgspec.structs.replace(answers, stock=_absolute(stock))
        [found] = await check_stock(_settings(answers))
        talk.tell(found)
        if found.level is not Level.BAD or not _again(talk):
            return answers
        talk.forget(found)
        stock = ""


def _absolute(stock: str) -> str:
    return stock if not stock or is_url(stock) else str(Path(stock).absolute())


def _folders(given: Given, talk: Talk, answers: Answers, folder: Path) -> Answers:
    chosen = given.print_folder
    if chosen is None:
        default = str(answers.print_folder)
        chosen = Path(talk.ask(N_("The folder that vouchers are printed to"), default))
    wanted = given.policy
    if wanted is None:
        question = N_("Write a policy with the safe defaults, to be changed later?")
        wanted = talk.confirm(question, default=True)
    name = f"{answers.shop}-policy.toml" if answers.shop else "policy.toml"
    policy = folder / name if wanted else None
    return msgspec.structs.replace(answers, print_folder=chosen.absolute(), policy=policy)


def _settings(answers: Answers) -> MerchantSettings:
    """Without the policy, which is not written yet."""
    try:
        return msgspec.structs.replace(answers, policy=None).settings()
    except ValueError as error:
        raise SettingsError([str(error)]) from error


async def _check(settings: MerchantSettings, talk: Talk) -> bool:
    found = talk.tell(await check_token(settings))
    for each in await check_stock(settings):
        talk.tell(each)
    return found.level is Level.OK


def _tell_the_marketplace(settings: MerchantSettings, told: Told, talk: Talk) -> None:
    talk.blank()
    if settings.webhook_url is not None:
        talk.say(N_("Enter this as the webhook's URL in the marketplace's pages; it is a secret:"))
        talk.show(settings.webhook_url.reveal())
    if told.networks:
        talk.say(N_("The webhook's requests come from these addresses; admit them:"))
        for network in told.networks:
            talk.show(network)
    else:
        text = N_(
            "{url} tells no addresses. Where your firewall admits some alone, look in the "
            "marketplace's documentation for its ip_ranges.json, or give --ip-ranges-url."
        )
        talk.say(text, url=told.url)
    if settings.webhook_url is not None and not settings.development:
        where = {"host": settings.host, "port": settings.port}
        text = N_(
            "The website passes the webhook on to {host}:{port}: docs/how-to/go-live.md has it for "
            "nginx, Apache, Caddy and PHP."
        )
        talk.say(text, **where)


async def _wants_trial(given: Given, talk: Talk) -> bool:
    if given.trial is not None:
        return given.trial
    talk.blank()
    question = N_(
        "Once the URL is saved there, demo orders can be sent to try it all. No other order is "
        "touched. Try it now?"
    )
    return talk.confirm(question, default=not talk.yes)
