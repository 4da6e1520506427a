# Makes the secrets of the demonstration in /run/secrets, once: the operator's seed and the credentials that follow from it, the token
# that the webhook brings, and Grafana's password. Each is in a file that only its owner reads.
set -eu
umask 077
cd /run/secrets
[ ! -e made ] || exit 0

random() { head -c "$1" /dev/urandom | base64; }

random 24 >webhook-token
random 24 >grafana-password
head -c 4 /dev/urandom | od -An -tu4 | tr -d ' ' >seed
uid2 operator -seed "$(cat seed)" -for 1ms >operator.env
. ./operator.env
printf %s "$UID2_API_KEY" >api-key
printf %s "$UID2_CLIENT_SECRET" >client-secret
rm operator.env
touch made
