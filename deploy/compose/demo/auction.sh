# An auction, an opt-out by the webhook, and the auction again: who bids what. For the container of the operator.
#
#	sh /demo/auction.sh [EMAIL]
set -eu

. /demo/credentials.sh
email=${1:-$(head -c 8 /dev/urandom | od -An -tx8 | tr -d ' ')@example.com}
token=$(uid2 generate -email "$email" -token)

auction() {
  answer=$(wget -q -O - --header 'Content-Type: application/json' --post-data '{
    "id": "1", "site": {"page": "https://publisher.example/", "domain": "publisher.example", "publisher": {"id": "1"}}, "tmax": 1000,
    "imp": [{"id": "1", "banner": {"format": [{"w": 300, "h": 250}]}, "ext": {"prebid": {"bidder": {
      "thetradedesk": {"publisherId": "1", "supplySourceId": "supply"}, "appnexus": {"placement_id": 1}}}}}],
    "user": {"eids": [{"source": "uidapi.com", "uids": [{"id": "'"$token"'", "atype": 3}]}]}
  }' http://127.0.0.1:8000/openrtb2/auction)
  # A bid's price stands before the seat that made it.
  echo "$answer" | grep -oE '"(price|seat)":[^,}]*' | tr -d '"' | sed 'N; s/price:\(.*\)\nseat:\(.*\)/  \2 bids \1 USD/' | sort
}

echo 'A user who has not opted out:'
auction

raw=$(echo "$token" | uid2 decrypt | sed 's/.*"raw_uid":"\([^"]*\)".*/\1/; s/+/%2B/g; s|/|%2F|g; s/=/%3D/g')
wget -q -O /dev/null --header "Authorization: Bearer $(cat /run/secrets/webhook-token)" \
  "http://receiver:8300/?uid2=$raw&timestamp=$(date +%s)"
sleep 1 # milliseconds would do

echo 'The same user, having opted out:'
auction
