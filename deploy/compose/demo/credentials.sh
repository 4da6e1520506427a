# Where the operator is, and what it wants of the command uid2.
export UID2_BASE_URL=http://127.0.0.1:18790 UID2_API_KEY_FILE=/run/secrets/api-key UID2_CLIENT_SECRET_FILE=/run/secrets/client-secret
