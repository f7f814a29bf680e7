#!/bin/sh
# Puts the web servers in place that the tests put in front of the shop's program, where that is
# allowed: by root on Debian with CI=true. None of them is started as a service. Elsewhere the tests
# use those that are there.
set -eu

present() {
    [ -x /usr/sbin/nginx ] && [ -x /usr/sbin/apache2 ] && [ -x /usr/bin/caddy ] &&
        ls /usr/lib/apache2/modules/libphp*.so >/dev/null 2>&1
}

if [ "${CI:-}" != true ] || present; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "nginx, apache2 with php, and caddy are not here, nor the right to install them." >&2
    exit 1
fi
echo "Installing nginx, apache2 with php, and caddy for the tests (once)"
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends nginx-light apache2 libapache2-mod-php caddy >/dev/null
present
