package com.uid2.client; // the SDK's token generator is visible here only

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Runs the official Java SDK for uid2rtb's interoperability tests. Each line of standard input is a command in JSON, and is
 * answered with one line of JSON. See interop/driver_test.go.
 */
public class Driver {
    private BidstreamClient bidstream;
    private SharingClient sharing;
    private BidstreamClient loadedBidstream;
    private SharingClient loadedSharing;
    private UID2Client loadedLegacy;
    private PublisherUid2Client publisher;
    private IdentityMapClient map2;
    private IdentityMapV3Client map3;

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Driver driver = new Driver();
        Gson gson = new Gson();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonObject reply;
            try {
                reply = driver.run(JsonParser.parseString(line).getAsJsonObject());
            } catch (Exception e) { // told to the test, which knows what to expect
                reply = new JsonObject();
                reply.addProperty("error", e.getClass().getSimpleName() + ": " + e.getMessage());
            }
            out.println(gson.toJson(reply));
        }
    }

    private JsonObject run(JsonObject c) throws Exception {
        switch (c.get("op").getAsString()) {
            case "connect": return connect(c);
            case "decrypt": return decrypt(c);
            case "load": return load(c);
            case "speed": return speed(c);
            case "decrypt_at": return decryptAt(c);
            case "encrypt": return encrypt(c);
            case "encrypt_at": return encryptAt(c);
            case "encrypt_data": return encryptData(c);
            case "decrypt_data": return decryptData(c);
            case "seal": return seal(c);
            case "generate": return generate(c);
            case "refresh": return answer(publisher.refreshToken(IdentityTokens.fromJsonString(text(c, "identity"))));
            case "predicates": return predicates(c);
            case "map_v3": return mapV3(c);
            case "map_v2": return mapV2(c);
            default: throw new IllegalArgumentException("unknown command");
        }
    }

    private static String text(JsonObject c, String name) {
        JsonElement e = c.get(name);
        return e == null || e.isJsonNull() ? null : e.getAsString();
    }

    private static List<String> texts(JsonObject c, String name) {
        List<String> all = new ArrayList<>();
        c.getAsJsonArray(name).forEach(e -> all.add(e.getAsString()));
        return all;
    }

    /** INVALID_PAYLOAD becomes InvalidPayload. */
    private static String statusName(Enum<?> status) {
        return Pattern.compile("([A-Z])([A-Z]*)_?").matcher(status.name())
            .replaceAll((MatchResult m) -> m.group(1) + m.group(2).toLowerCase());
    }

    private JsonObject connect(JsonObject c) {
        String url = text(c, "url"), key = text(c, "api_key"), secret = text(c, "secret");
        RefreshResponse refreshed = null;
        switch (text(c, "role")) {
            case "bidstream":
                bidstream = new BidstreamClient(url, key, secret);
                refreshed = bidstream.refresh();
                break;
            case "sharing":
                sharing = new SharingClient(url, key, secret);
                refreshed = sharing.refresh();
                break;
            default:
                publisher = new PublisherUid2Client(url, key, secret);
                map2 = new IdentityMapClient(url, key, secret);
                map3 = new IdentityMapV3Client(url, key, secret);
        }
        JsonObject reply = new JsonObject();
        reply.addProperty("ok", refreshed == null || refreshed.isSuccess());
        reply.addProperty("reason", refreshed == null ? "" : refreshed.getReason());
        return reply;
    }

    /** How many nanoseconds a token takes, by this process' own clock, once it is warm. */
    private JsonObject speed(JsonObject c) {
        List<String> tokens = texts(c, "tokens");
        String name = text(c, "name");
        double best = Double.MAX_VALUE;
        for (int round = 0; round < c.get("rounds").getAsInt(); round++) {
            long start = System.nanoTime();
            for (String token : tokens) {
                if (!bidstream.decryptTokenIntoRawUid(token, name).isSuccess()) {
                    throw new IllegalArgumentException("a token doesn't open");
                }
            }
            best = Math.min(best, (double) (System.nanoTime() - start) / tokens.size());
        }
        JsonObject reply = new JsonObject();
        reply.addProperty("ns", best);
        return reply;
    }

    private JsonObject decrypt(JsonObject c) {
        boolean bidding = text(c, "role").equals("bidstream");
        String name = text(c, "name");
        JsonArray verdicts = new JsonArray();
        for (String token : texts(c, "tokens")) {
            DecryptionResponse r = bidding ? bidstream.decryptTokenIntoRawUid(token, name) : sharing.decryptTokenIntoRawUid(token);
            JsonObject v = new JsonObject();
            v.addProperty("status", statusName(r.getStatus()));
            if (r.isSuccess()) {
                v.addProperty("uid", r.getUid());
                v.addProperty("established", r.getEstablished().toEpochMilli());
                v.addProperty("expires", r.getExpiry().toEpochMilli());
                v.addProperty("site_id", r.getSiteId());
                v.addProperty("type", r.getIdentityType() == null ? "unknown" : r.getIdentityType().name().toLowerCase());
                v.addProperty("version", r.getAdvertisingTokenVersion());
                v.addProperty("client_side_generated", r.getIsClientSideGenerated());
            }
            verdicts.add(v);
        }
        JsonObject reply = new JsonObject();
        reply.add("verdicts", verdicts);
        return reply;
    }

    /** Makes a client whose keys come with the command and not from an operator. */
    private JsonObject load(JsonObject c) {
        String nowhere = "http://localhost", answer = text(c, "answer");
        JsonObject reply = new JsonObject();
        switch (text(c, "role")) {
            case "bidstream":
                loadedBidstream = new BidstreamClient(nowhere, "", "");
                reply.addProperty("ok", loadedBidstream.refreshJson(answer).isSuccess());
                break;
            case "sharing":
                loadedSharing = new SharingClient(nowhere, "", "");
                reply.addProperty("ok", loadedSharing.refreshJson(answer).isSuccess());
                break;
            default:
                loadedLegacy = new UID2Client(nowhere, "", "", IdentityScope.valueOf(text(c, "scope")));
                loadedLegacy.refreshJson(answer);
                reply.addProperty("ok", true);
        }
        return reply;
    }

    private DecryptionResponse responseAt(String role, JsonObject token) {
        String text = text(token, "token");
        Instant now = Instant.ofEpochMilli(token.get("now").getAsLong());
        switch (role) {
            case "bidstream": return loadedBidstream.decryptTokenIntoRawUid(text, text(token, "name"), now);
            case "sharing": return loadedSharing.decryptTokenIntoRawUid(text, now);
            default: return loadedLegacy.decrypt(text, now);
        }
    }

    /** All that the SDK says of tokens at some time, also of those that may not be used. */
    private JsonObject decryptAt(JsonObject c) {
        JsonArray verdicts = new JsonArray();
        for (JsonElement token : c.getAsJsonArray("tokens")) {
            DecryptionResponse r = responseAt(text(c, "role"), token.getAsJsonObject());
            JsonObject v = new JsonObject();
            v.addProperty("status", statusName(r.getStatus()));
            v.addProperty("uid", r.getUid());
            v.addProperty("established", millis(r.getEstablished()));
            v.addProperty("expires", millis(r.getExpiry()));
            v.addProperty("site_id", r.getSiteId());
            v.addProperty("type", r.getIdentityType() == null ? null : r.getIdentityType().name().toLowerCase());
            v.addProperty("version", r.getAdvertisingTokenVersion());
            v.addProperty("client_side_generated", r.getIsClientSideGenerated());
            verdicts.add(v);
        }
        JsonObject reply = new JsonObject();
        reply.add("verdicts", verdicts);
        return reply;
    }

    /** Milliseconds; null for the time that the SDK gives where it knows none. */
    private static Long millis(Instant time) {
        return time == null || time.equals(Instant.MIN) ? null : Long.valueOf(time.toEpochMilli());
    }

    /** Encrypts raw UIDs as a sharer would at some time. */
    private JsonObject encryptAt(JsonObject c) {
        List<String> statuses = new ArrayList<>(), sealed = new ArrayList<>();
        for (JsonElement e : c.getAsJsonArray("uids")) {
            JsonObject uid = e.getAsJsonObject();
            Instant now = Instant.ofEpochMilli(uid.get("now").getAsLong());
            EncryptionDataResponse r = loadedSharing.encryptRawUidIntoToken(text(uid, "uid"), now);
            statuses.add(statusName(r.getStatus()));
            sealed.add(r.getEncryptedData());
        }
        return tokens(statuses, sealed);
    }

    private JsonObject encryptData(JsonObject c) {
        JsonArray all = new JsonArray();
        for (JsonElement e : c.getAsJsonArray("items")) {
            JsonObject item = e.getAsJsonObject();
            EncryptionDataResponse r = loadedLegacy.encryptData(EncryptionDataRequest.forData(Base64.getDecoder().decode(text(item, "data")))
                .withSiteId(item.get("site_id").getAsInt()).withNow(Instant.ofEpochMilli(item.get("now").getAsLong())));
            all.add(r.getEncryptedData());
        }
        JsonObject reply = new JsonObject();
        reply.add("texts", all);
        return reply;
    }

    private JsonObject decryptData(JsonObject c) {
        JsonArray all = new JsonArray();
        for (String text : texts(c, "texts")) {
            DecryptionDataResponse r = loadedLegacy.decryptData(text);
            JsonObject data = new JsonObject();
            data.addProperty("status", statusName(r.getStatus()));
            if (r.isSuccess()) {
                data.addProperty("data", Base64.getEncoder().encodeToString(r.getDecryptedData()));
                data.addProperty("encrypted", r.getEncryptedAt().toEpochMilli());
            }
            all.add(data);
        }
        JsonObject reply = new JsonObject();
        reply.add("data", all);
        return reply;
    }

    private static JsonObject tokens(List<String> statuses, List<String> tokens) {
        JsonArray all = new JsonArray();
        for (int i = 0; i < statuses.size(); i++) {
            JsonObject t = new JsonObject();
            t.addProperty("status", statuses.get(i));
            t.addProperty("token", tokens.get(i));
            all.add(t);
        }
        JsonObject reply = new JsonObject();
        reply.add("tokens", all);
        return reply;
    }

    private JsonObject encrypt(JsonObject c) {
        List<String> statuses = new ArrayList<>(), sealed = new ArrayList<>();
        for (String uid : texts(c, "uids")) {
            EncryptionDataResponse r = sharing.encryptRawUidIntoToken(uid);
            statuses.add(statusName(r.getStatus()));
            sealed.add(r.getEncryptedData());
        }
        return tokens(statuses, sealed);
    }

    private static Key key(JsonObject spec) {
        return new Key(spec.get("id").getAsLong(), 1, Instant.EPOCH, Instant.EPOCH, Instant.ofEpochMilli(4102444800000L),
            Base64.getDecoder().decode(text(spec, "secret")));
    }

    /** Makes tokens as the SDK's own tests do. */
    private JsonObject seal(JsonObject c) throws Exception {
        Key master = key(c.getAsJsonObject("master")), site = key(c.getAsJsonObject("site"));
        List<String> statuses = new ArrayList<>(), sealed = new ArrayList<>();
        for (JsonElement e : c.getAsJsonArray("tokens")) {
            JsonObject t = e.getAsJsonObject();
            Uid2TokenGenerator.Params params = Uid2TokenGenerator.defaultParams()
                .withTokenExpiry(Instant.ofEpochMilli(t.get("expires").getAsLong()))
                .WithTokenGenerated(Instant.ofEpochMilli(t.get("generated").getAsLong()))
                .WithIdentityEstablished(Instant.ofEpochMilli(t.get("established").getAsLong()))
                .WithPrivacyBits(t.get("privacy_bits").getAsInt());
            params.identityScope = IdentityScope.valueOf(text(c, "scope")).value;
            long siteId = t.get("site_id").getAsLong();
            statuses.add("Success");
            switch (t.get("version").getAsInt()) {
                case 2:
                    sealed.add(Base64.getEncoder().encodeToString(Uid2TokenGenerator.generateUid2TokenV2(text(t, "uid"), master, siteId, site, params)));
                    break;
                case 3:
                    sealed.add(Uid2TokenGenerator.generateUid2TokenV3(text(t, "uid"), master, siteId, site, params));
                    break;
                default:
                    sealed.add(Uid2TokenGenerator.generateUid2TokenV4(text(t, "uid"), master, siteId, site, params));
            }
        }
        return tokens(statuses, sealed);
    }

    private JsonObject generate(JsonObject c) {
        String text = text(c, "text");
        TokenGenerateInput input;
        switch (text(c, "kind")) {
            case "email": input = TokenGenerateInput.fromEmail(text); break;
            case "phone": input = TokenGenerateInput.fromPhone(text); break;
            case "email_hash": input = TokenGenerateInput.fromHashedEmail(text); break;
            default: input = TokenGenerateInput.fromHashedPhone(text);
        }
        if (text(c, "tcf") != null) {
            input = input.withTransparencyAndConsentString(text(c, "tcf"));
        }
        TokenGenerateResponse r = publisher.generateTokenResponse(input);
        return answer(r.isSuccess(), r.isOptout(), r.isSuccess() ? r.getIdentityJsonString() : null);
    }

    private static JsonObject answer(TokenRefreshResponse r) {
        return answer(r.isSuccess(), r.isOptout(), r.isSuccess() ? r.getIdentityJsonString() : null);
    }

    private static JsonObject answer(boolean success, boolean optout, String identity) {
        JsonObject reply = new JsonObject();
        reply.addProperty("outcome", success ? "success" : optout ? "optout" : "other");
        reply.addProperty("identity", identity);
        return reply;
    }

    private static JsonObject predicates(JsonObject c) {
        IdentityTokens identity = IdentityTokens.fromJsonString(text(c, "identity"));
        JsonObject reply = new JsonObject();
        reply.addProperty("refreshable", identity.isRefreshable());
        reply.addProperty("due", identity.isDueForRefresh());
        reply.addProperty("json", identity.getJsonString());
        return reply;
    }

    private JsonObject mapV3(JsonObject c) {
        IdentityMapV3Input input = new IdentityMapV3Input().withEmails(texts(c, "emails")).withPhones(texts(c, "phones"))
            .withHashedEmails(texts(c, "email_hashes")).withHashedPhones(texts(c, "phone_hashes"));
        IdentityMapV3Response r = map3.generateIdentityMap(input);
        JsonObject mapped = new JsonObject(), unmapped = new JsonObject();
        for (Map.Entry<String, IdentityMapV3Response.MappedIdentity> e : r.getMappedIdentities().entrySet()) {
            JsonObject m = new JsonObject();
            m.addProperty("uid", e.getValue().getCurrentRawUid());
            m.addProperty("previous", e.getValue().getPreviousRawUid());
            m.addProperty("refresh_from", e.getValue().getRefreshFrom().toEpochMilli());
            mapped.add(e.getKey(), m);
        }
        r.getUnmappedIdentities().forEach((dii, u) -> unmapped.addProperty(dii, u.getRawReason()));
        return maps(mapped, unmapped);
    }

    private JsonObject mapV2(JsonObject c) {
        JsonObject mapped = new JsonObject(), unmapped = new JsonObject();
        mapV2(texts(c, "emails"), IdentityMapInput::fromEmails, mapped, unmapped);
        mapV2(texts(c, "phones"), IdentityMapInput::fromPhones, mapped, unmapped);
        mapV2(texts(c, "email_hashes"), IdentityMapInput::fromHashedEmails, mapped, unmapped);
        mapV2(texts(c, "phone_hashes"), IdentityMapInput::fromHashedPhones, mapped, unmapped);
        return maps(mapped, unmapped);
    }

    private void mapV2(List<String> texts, java.util.function.Function<Iterable<String>, IdentityMapInput> make, JsonObject mapped, JsonObject unmapped) {
        if (texts.isEmpty()) {
            return;
        }
        IdentityMapResponse r = map2.generateIdentityMap(make.apply(texts));
        r.getMappedIdentities().forEach((dii, found) -> {
            JsonObject m = new JsonObject();
            m.addProperty("uid", found.getRawUid());
            m.addProperty("bucket", found.getBucketId());
            mapped.add(dii, m);
        });
        r.getUnmappedIdentities().forEach((dii, u) -> unmapped.addProperty(dii, u.getReason()));
    }

    private static JsonObject maps(JsonObject mapped, JsonObject unmapped) {
        JsonObject reply = new JsonObject();
        reply.add("mapped", mapped);
        reply.add("unmapped", unmapped);
        return reply;
    }
}
