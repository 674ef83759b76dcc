#!/bin/sh
# Makes the secrets of compose.yaml beside it, once: passwords by chance, and the configuration that has them. Existing files stay.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)/secrets
umask 077
mkdir -p "$folder"

# Letters and digits only, because they stand in addresses.
password() { LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | head -c 40; }
# kept NAME: the password of this name, made if it is not there.
kept() {
    [ -s "$folder/$1" ] || password > "$folder/$1"
    cat "$folder/$1"
}
# write NAME: the standard input, unless the file is there.
write() { [ -e "$folder/$1" ] || cat > "$folder/$1"; }

postgres=$(kept postgres-password) rabbitmq=$(kept rabbitmq-password) redis=$(kept redis-password)
kept grafana-password > /dev/null
write rabbitmq.conf <<CONF
default_user = bellhop
default_pass = $rabbitmq
default_vhost = bellhop
CONF
write redis.conf <<CONF
requirepass $redis
# Nothing in it is needed after a restart.
save ""
appendonly no
maxmemory 512mb
maxmemory-policy noeviction
CONF
write bellhop.toml <<CONF
# Bellhop under compose.yaml. The listeners are given by the image; all other keys: bellhop/default.toml.
[store]
url = "postgres://bellhop:$postgres@postgres/bellhop"
[broker]
url = "amqp://bellhop:$rabbitmq@rabbitmq/bellhop"
[limits]
url = "redis://:$redis@redis:6379/0"
[http]
# The short address of the guests' links, without a slash at its end. It is in every SMS.
public_url = "http://127.0.0.1:8080"

# The brand: \`docker compose run --rm apply\` after each change.
[[organisation]]
slug = "default"
name = "My restaurants"
currency = "RUB"
timezone = "Europe/Moscow"
region = "RU"
locale = "ru"
attribution_hours = 72
CONF
# An engine gives a file to the container as it is: the users there have to read it. The folder itself is closed to others.
chmod 700 "$folder"
chmod 644 "$folder"/*
echo "$folder"
