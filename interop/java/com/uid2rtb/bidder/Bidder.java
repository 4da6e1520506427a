package com.uid2rtb.bidder;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.uid2.client.BidstreamClient;
import com.uid2.client.DecryptionResponse;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A bidder in Java for the table of interop/sidecarspeed_test.go: annotates bid requests over HTTP as uid2 serve does, as well as
 * the official SDK lets it. What it knows of HTTP is what the load generator sends: a framework would take more.
 */
public class Bidder {
    private final BidstreamClient client = new BidstreamClient(System.getenv("UID2_BASE_URL"), System.getenv("UID2_API_KEY"), System.getenv("UID2_CLIENT_SECRET"));

    public static void main(String[] args) throws IOException {
        Bidder bidder = new Bidder();
        if (!bidder.client.refresh().isSuccess()) {
            throw new IOException("no keys");
        }
        ServerSocket listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        System.out.println("listening at 127.0.0.1:" + listener.getLocalPort());
        while (true) {
            Socket connection = listener.accept();
            new Thread(() -> bidder.serve(connection)).start();
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream(), 65536);
            OutputStream out = connection.getOutputStream();
            while (!line(in).isEmpty()) {
                int length = 0;
                for (String line = line(in); !line.isEmpty(); line = line(in)) {
                    if (line.startsWith("Content-Length: ")) {
                        length = Integer.parseInt(line.substring("Content-Length: ".length()));
                    }
                }
                byte[] body = annotate(in.readNBytes(length));
                byte[] head = ("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
                byte[] answer = new byte[head.length + body.length];
                System.arraycopy(head, 0, answer, 0, head.length);
                System.arraycopy(body, 0, answer, head.length, body.length);
                out.write(answer);
            }
        } catch (IOException e) { // the client has left
        }
    }

    /** The next line, without its end; empty at the end of the header and of the connection. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private byte[] annotate(byte[] body) {
        JsonObject request = JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
        String domain = request.getAsJsonObject("site").get("domain").getAsString();
        for (JsonElement eid : request.getAsJsonObject("user").getAsJsonArray("eids")) {
            if (eid.getAsJsonObject().get("source").getAsString().equals("uidapi.com")) {
                for (JsonElement uid : eid.getAsJsonObject().getAsJsonArray("uids")) {
                    annotate(uid.getAsJsonObject(), domain);
                }
            }
        }
        return request.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void annotate(JsonObject uid, String domain) {
        DecryptionResponse answer = client.decryptTokenIntoRawUid(uid.get("id").getAsString(), domain);
        JsonObject annotation = new JsonObject();
        annotation.addProperty("status", answer.getStatus().name());
        annotation.addProperty("raw", answer.getUid());
        JsonObject ext = new JsonObject();
        ext.add("uid2", annotation);
        uid.add("ext", ext);
    }
}
