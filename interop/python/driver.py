"""Runs the official Python SDK for uid2rtb's interoperability tests.

Each line of standard input is a command in JSON, and is answered with one line of JSON. See interop/driver_test.go.
"""

import base64
import datetime
import io
import json
import sys
import time

import uid2_client as uid2

clients = {}

STATUSES = {
    "success": "Success",
    "not authorized for key": "NotAuthorizedForKey",
    "not authorized for master key": "NotAuthorizedForMasterKey",
    "keys not initialized": "NotInitialized",
    "invalid payload": "InvalidPayload",
    "token expired": "ExpiredToken",
    "token version not supported": "VersionNotSupported",
    "invalid token lifetime": "InvalidTokenLifetime",
    "domain name check failed": "DomainOrAppNameCheckFailed",
}


def status_name(status):
    text = status.value
    return "KeysNotSynced" if text.startswith("no keys available") else STATUSES.get(text, text)


def time_of(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, tz=datetime.timezone.utc)


def exact_time_of(ms):
    return time_of(0) + datetime.timedelta(milliseconds=ms)


def camel_case(name):
    return "".join(word.capitalize() for word in name.split("_"))


def ms_of(time):
    return None if time is None else round(time.timestamp() * 1000)


def connect(command):
    role, where = command["role"], (command["url"], command["api_key"], command["secret"])
    if role == "bidstream":
        client = uid2.BidstreamClient(*where)
        answer = client.refresh()
        clients[role] = client
        return {"ok": answer.success, "reason": str(answer.reason)}
    if role == "sharing":
        client = uid2.SharingClient(*where)
        answer = client.refresh()
        clients[role] = client
        return {"ok": answer.success, "reason": str(answer.reason)}
    clients["publisher"] = uid2.Uid2PublisherClient(*where)
    clients["map2"] = uid2.IdentityMapClient(*where)
    clients["map3"] = uid2.IdentityMapV3Client(*where)
    return {"ok": True}


def verdict(role, token, name):
    try:
        if role == "bidstream":
            v = clients[role].decrypt_token_into_raw_uid(token, name)
        else:
            v = clients[role].decrypt_token_into_raw_uid(token)
    except Exception:  # the SDK raises for what isn't a token
        return {"status": "InvalidPayload"}
    result = {"status": status_name(v.status)}
    if v.success:
        result.update(
            uid=v.uid,
            established=ms_of(v.established),
            expires=ms_of(v.expiry),
            site_id=v.site_id,
            type={0: "email", 1: "phone", None: "unknown"}[v.identity_type],
            version={2: 2, 112: 3, 128: 4}[int(v.advertising_token_version)],
        )
    return result


def decrypt(command):
    return {"verdicts": [verdict(command["role"], t, command.get("name")) for t in command["tokens"]]}


def speed(command):
    """How many nanoseconds a token takes, by this process' own clock, once it is warm."""
    client, tokens, name = clients["bidstream"], command["tokens"], command["name"]
    best = None
    for _ in range(command["rounds"]):
        start = time.perf_counter_ns()
        for token in tokens:
            if not client.decrypt_token_into_raw_uid(token, name).success:
                raise ValueError("a token doesn't open")
        took = (time.perf_counter_ns() - start) / len(tokens)
        best = took if best is None else min(best, took)
    return {"ns": best}


def load(command):
    """Makes a client whose keys come with the command and not from an operator."""
    role, nowhere = command["role"], ("", "", "")
    if role == "legacy":
        clients["loaded legacy"] = uid2.Uid2Client(*nowhere).refresh_json(command["answer"])
        return {"ok": True}
    client = {"bidstream": uid2.BidstreamClient, "sharing": uid2.SharingClient}[role](*nowhere)
    answer = client._refresh_json(command["answer"])
    clients["loaded " + role] = client
    return {"ok": answer.success, "reason": str(answer.reason)}


def response_at(role, token, name, now):
    client = clients["loaded " + role]
    if role == "bidstream":
        return client._decrypt_token_into_raw_uid(token, name, now)
    if role == "sharing":
        return client._decrypt_token_into_raw_uid(token, now)
    return uid2.decrypt(token, client, now)


def verdict_at(role, item):
    """All that the SDK says of a token at some time, also of one that may not be used."""
    try:
        v = response_at(role, item["token"], item.get("name"), exact_time_of(item["now"]))
    except uid2.EncryptionError as e:  # the legacy client raises for every status but success
        name = str(e).removeprefix("DecryptionStatus.")
        return {"status": status_name(uid2.DecryptionStatus.__members__.get(name, uid2.DecryptionStatus.INVALID_PAYLOAD))}
    return {
        "status": status_name(v.status),
        "uid": v.uid,
        "established": ms_of(v.established),
        "expires": ms_of(v.expiry),
        "site_id": v.site_id,
        "type": {0: "email", 1: "phone", None: None}[v.identity_type],
        "version": {2: 2, 112: 3, 128: 4, None: None}[v.advertising_token_version and int(v.advertising_token_version)],
        "client_side_generated": v.is_client_side_generated,
    }


def decrypt_at(command):
    return {"verdicts": [verdict_at(command["role"], item) for item in command["tokens"]]}


def encrypt_at(command):
    """Encrypts raw UIDs as a sharer would at some time."""
    tokens = []
    for item in command["uids"]:
        answer = clients["loaded sharing"]._encrypt_raw_uid_into_token(item["uid"], now=exact_time_of(item["now"]))
        if answer is None:  # it only prints that it doesn't know its own site
            tokens.append({"status": "EncryptionFailure"})
        else:
            tokens.append({"status": camel_case(answer.status.name), "token": answer.encrypted_data})
    return {"tokens": tokens}


def encrypt_data(command):
    return {"texts": [uid2.encrypt_data(base64.b64decode(item["data"]), uid2.IdentityScope[command["scope"]],
                                        keys=clients["loaded legacy"], site_id=item["site_id"], now=exact_time_of(item["now"]))
                      for item in command["items"]]}


def opened(text):
    try:
        data = uid2.decrypt_data(text, clients["loaded legacy"])
    except uid2.EncryptionError as e:
        return {"status": str(e)}
    return {"status": "Success", "data": base64.b64encode(data.data).decode(), "encrypted": ms_of(data.encrypted_at)}


def decrypt_data(command):
    return {"data": [opened(text) for text in command["texts"]]}


def encrypt(command):
    results = []
    for uid in command["uids"]:
        answer = clients["sharing"].encrypt_raw_uid_into_token(uid, command.get("keyset"))
        if answer is None:
            results.append({"status": "EncryptionFailure"})
        elif answer.success:
            results.append({"status": "Success", "token": answer.encrypted_data})
        else:
            results.append({"status": answer.status.name})
    return {"tokens": results}


def key_of(spec):
    ever, never = time_of(0), time_of(4102444800000)
    return uid2.EncryptionKey(spec["id"], spec.get("site_id", -1), ever, ever, never, uid2.base64.b64decode(spec["secret"]))


def seal(command):
    """Makes tokens as the SDK's own tests do."""
    version = {2: uid2.AdvertisingTokenVersion.ADVERTISING_TOKEN_V2, 3: uid2.AdvertisingTokenVersion.ADVERTISING_TOKEN_V3,
               4: uid2.AdvertisingTokenVersion.ADVERTISING_TOKEN_V4}
    master, site = key_of(command["master"]), key_of(command["site"])
    tokens = []
    for t in command["tokens"]:
        tokens.append(uid2.UID2TokenGenerator.generate_uid_token(
            t["uid"], master, t["site_id"], site, {"UID2": 0, "EUID": 1}[command["scope"]], version[t["version"]],
            time_of(t["established"]), time_of(t["generated"]), time_of(t["expires"])))
    return {"tokens": [{"status": "Success", "token": t if isinstance(t, str) else t.decode()} for t in tokens]}


def identity_answer(answer):
    if answer.is_success():
        return {"outcome": "success", "identity": answer.get_identity_json_string()}
    return {"outcome": "optout" if answer.is_optout() else "other"}


def generate(command):
    make = {"email": uid2.TokenGenerateInput.from_email, "phone": uid2.TokenGenerateInput.from_phone,
            "email_hash": uid2.TokenGenerateInput.from_hashed_email, "phone_hash": uid2.TokenGenerateInput.from_hashed_phone}
    request = make[command["kind"]](command["text"])
    if command.get("tcf") is not None:
        request = request.with_transparency_and_consent_string(command["tcf"])
    return identity_answer(clients["publisher"].generate_token(request))


def refresh(command):
    identity = uid2.IdentityTokens.from_json_string(command["identity"])
    return identity_answer(clients["publisher"].refresh_token(identity))


def predicates(command):
    identity = uid2.IdentityTokens.from_json_string(command["identity"])
    return {"refreshable": identity.is_refreshable(), "due": identity.is_due_for_refresh(), "json": identity.get_json_string()}


def map_v3(command):
    request = uid2.IdentityMapV3Input()
    request.with_emails(command["emails"]).with_phones(command["phones"])
    request.with_hashed_emails(command["email_hashes"]).with_hashed_phones(command["phone_hashes"])
    answer = clients["map3"].generate_identity_map(request)
    mapped = {dii: {"uid": m.current_raw_uid, "previous": m.previous_raw_uid, "refresh_from": ms_of(m.refresh_from)}
              for dii, m in answer.mapped_identities.items()}
    return {"mapped": mapped, "unmapped": {dii: u.raw_reason for dii, u in answer.unmapped_identities.items()}}


def map_v2(command):
    mapped, unmapped = {}, {}
    for kind, make in (("emails", uid2.IdentityMapInput.from_emails), ("phones", uid2.IdentityMapInput.from_phones),
                       ("email_hashes", uid2.IdentityMapInput.from_hashed_emails), ("phone_hashes", uid2.IdentityMapInput.from_hashed_phones)):
        if not command[kind]:
            continue
        answer = clients["map2"].generate_identity_map(make(command[kind]))
        for dii, m in answer.mapped_identities.items():
            mapped[dii] = {"uid": m.get_raw_uid(), "bucket": m.get_bucket_id()}
        for dii, u in answer.unmapped_identities.items():
            unmapped[dii] = u.get_reason()
    return {"mapped": mapped, "unmapped": unmapped}


def buckets(command):
    answer = clients["map2"].get_identity_buckets(time_of(command["since"]))
    return {"count": len(answer.buckets)}


COMMANDS = {f.__name__: f for f in (connect, load, speed, decrypt, decrypt_at, encrypt, encrypt_at, encrypt_data, decrypt_data, seal, generate, refresh,
                                    predicates, map_v3, map_v2, buckets)}

replies, sys.stdout = sys.stdout, io.StringIO()  # the SDK prints

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = COMMANDS[request["op"]](request)
    except Exception as e:  # told to the test, which knows what to expect
        reply = {"error": type(e).__name__ + ": " + str(e)}
    print(json.dumps(reply), file=replies, flush=True)
