# The local operator, where the configuration of Prebid Server says it is. It prints credentials, which nobody needs to see.
exec uid2 operator -addr 127.0.0.1:18790 -seed "$(cat /run/secrets/seed)" >/dev/null
