#!/bin/bash
# Inside the machine of boot-test.sh, by systemd: install, start, mail, upgrade in mid-mailing, purge. Its output is the evidence.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
cd /root/test
guests=900
roles=bellhop@up
[ "${1:-}" != fleet ] || roles="bellhop@api bellhop@dispatcher bellhop@worker-transactional bellhop@worker-marketing"

files() { find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /root -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/postgresql -o -path /var/lib/rabbitmq -o -path /var/lib/redis -o -path /etc/ssl \) -prune -o -print | sort; }
# A GET, without curl: PORT PATH.
get() {
    exec 3<> "/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET %s HTTP/1.1\r\nHost: machine\r\nConnection: close\r\n\r\n' "$2" >&3
    cat <&3
    exec 3>&-
}
# Waits until COMMAND succeeds, at most for SECONDS.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "waited in vain for: $*" >&2; journalctl --no-pager -n 50; return 1; }
        sleep 0.3
    done
}
# Each of the roles' operations ports says so.
ready() {
    local port
    for port in $ports; do
        get "$port" /readyz | grep -q '^HTTP/1.1 200' || return 1
    done
}
ports=8081
[ "${1:-}" != fleet ] || ports="8081 9101 9103 9104"
accepted() { get 8039 /_sim/summary | grep -o '"sms":{[^}]*}' | grep -o '"accepted":[0-9]*' | cut -d: -f2; }
some_accepted() { [ "$(accepted)" -ge 60 ]; }
all_accepted() { [ "$(accepted)" -ge "$guests" ]; }

files > /root/test/before
apt-get install --yes /root/test/bellhop_0.1.0~test1_*.deb > /root/test/apt.log 2>&1 || { cat /root/test/apt.log; exit 1; }
echo "installed: $(dpkg-query --show bellhop)"
systemctl is-active --quiet 'bellhop@*' && { echo "something runs that nobody enabled"; exit 1; }

# The first mailing of the README, to more guests, with its simulator as a service beside.
# As docs/install.md says it; paths in an installed configuration are absolute.
cp -r /usr/share/doc/bellhop/examples/quick-start /tmp/first
cd /tmp/first
sed -e 's|bellhop-data/|/var/lib/bellhop/|; s|"firebase.json"|"/var/lib/bellhop/firebase.json"|; s|"password"|"/var/lib/bellhop/password"|g' \
    bellhop.toml > /etc/bellhop/bellhop.toml
install --owner bellhop --mode 600 password /var/lib/bellhop/password
if [ "${1:-}" = fleet ]; then
    until_true 90 pg_isready
    setpriv --reuid=postgres --regid=postgres --clear-groups psql --quiet --dbname=postgres \
        --command="CREATE ROLE bellhop LOGIN PASSWORD 'secret'" --command='CREATE DATABASE bellhop OWNER bellhop'
    # Addresses with passwords are not in the configuration: secrets.env outranks it.
    cat > /etc/bellhop/secrets.env <<'SECRETS'
# As docs/install.md says it.
BELLHOP__STORE__URL=postgres://bellhop:secret@127.0.0.1/bellhop
BELLHOP__BROKER__URL=amqp://guest:guest@127.0.0.1/%2f
BELLHOP__LIMITS__URL=redis://127.0.0.1:6379/0
SECRETS
    bellhopctl migrate
    bellhopctl apply > /dev/null
fi
{
    echo 'customer_id,name,phone,marketing_consent'
    for n in $(seq "$guests"); do printf '%d,Guest,+7999%07d,yes\n' "$n" "$n"; done
} > /tmp/guests.csv
{
    echo 'order_id,customer_id,placed_at,total,restaurant,status'
    for n in $(seq "$guests"); do echo "$n,$n,2025-09-01 19:10,1690,Svetlanskaya,delivered"; done
} > /tmp/orders.csv
bellhopctl import customers /tmp/guests.csv > /dev/null
bellhopctl import orders /tmp/orders.csv > /dev/null
key=$(bellhopctl api-key create simulator)
systemd-run --quiet --unit=simulator --property=User=bellhop --property=WorkingDirectory=/var/lib/bellhop \
    --setenv=BELLHOP_CONFIG=/etc/bellhop/bellhop.toml --setenv=BELLHOP__SIMULATOR__PEOPLE__API_KEY="$key" /usr/bin/bellhop simulator
until_true 20 get 8039 /_sim/summary

# Several words on purpose, here and below.
# shellcheck disable=SC2086
systemctl enable --quiet --now $roles
until_true 60 ready
until_true 30 bellhopctl doctor
bellhopctl doctor
bellhopctl mailing create come-back.json
bellhopctl mailing launch 1
until_true 60 some_accepted

echo "upgrade, with $(accepted) of $guests SMS out"
# shellcheck disable=SC2086
before=$(systemctl show --property=MainPID --value $roles | sort)
apt-get install --yes /root/test/bellhop_0.1.0~test2_*.deb > /root/test/apt.log 2>&1 || { cat /root/test/apt.log; exit 1; }
echo "upgraded: $(dpkg-query --show bellhop), with $(accepted) of $guests SMS out"
[ "$(accepted)" -lt "$guests" ] || { echo "the mailing was over before the upgrade"; exit 1; }
until_true 60 ready
# shellcheck disable=SC2086
after=$(systemctl show --property=MainPID --value $roles | sort)
[ -z "$(comm -12 <(echo "$before" | sed '/^$/d') <(echo "$after" | sed '/^$/d'))" ] || { echo "an old process still runs"; exit 1; }
until_true 120 all_accepted
get 8039 /_sim/summary | tail -n 1 | tee /root/test/summary
grep -q "\"sms\":{\"accepted\":$guests,\"refused\":[0-9]*,\"unique_recipients\":$guests,\"duplicates\":0}" /root/test/summary || { echo "lost or doubled"; exit 1; }
journalctl --no-pager --unit 'bellhop@*' --priority warning | tail

systemctl stop bellhop.target
# shellcheck disable=SC2086
systemctl is-active --quiet $roles && { echo "bellhop.target did not stop its roles"; exit 1; }
# shellcheck disable=SC2086
systemctl start $roles
systemctl stop simulator
apt-get purge --yes bellhop > /root/test/apt.log 2>&1 || { cat /root/test/apt.log; exit 1; }
# shellcheck disable=SC2086
systemctl is-active --quiet $roles && { echo "a purged service still runs"; exit 1; }
files > /root/test/after
# The user stays; systemd's backups of the files of users stay with it.
if diff /root/test/before /root/test/after | grep '^[<>]' | grep -v '^> /etc/\(passwd\|group\|shadow\|gshadow\)-$'; then
    echo "the purge left these, or took too much"
    exit 1
fi
echo "purged: no file more or less than before"
