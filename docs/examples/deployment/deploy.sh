#!/bin/sh
# Run by root in /srv/shop, after the code was brought up to date.
set -eu

# As the service runs: its user, its settings. Secrets are no arguments, which everybody on the machine may read.
rooftree() {
    systemd-run --quiet --pipe --wait --collect --uid=shop --working-directory=/srv/shop \
        --property=EnvironmentFile=/etc/shop.env --property=StateDirectory=shop /srv/shop/.venv/bin/rooftree "$@"
}

/srv/shop/.venv/bin/pip install --quiet .
rooftree check --deploy shop.app
rooftree db check --app shop.app
rooftree db migrate --app shop.app
systemctl reload shop
curl --fail --silent --show-error --retry 5 https://example.org/health
