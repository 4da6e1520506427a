package com.uid2rtb.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.uid2.client.BidstreamClient;
import com.uid2.client.DecryptionResponse;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bidder of bench/bidder with the official SDK: Netty with its native transport, Jackson into classes that have the members that
 * are needed and no others, and the SDK called on the event loop, without another thread between. The SDK has no opt-outs, so they
 * are in a set here, from standard input, as for the bidder in Go that is written by hand.
 */
@ChannelHandler.Sharable
public final class Bidder extends SimpleChannelInboundHandler<FullHttpRequest> {
    static final class Request {
        public String id;
        public List<Imp> imp = List.of();
        public Site site;
        public User user;
    }

    static final class Imp {
        public String id;
        public double bidfloor;
    }

    static final class Site {
        public String domain;
    }

    static final class User {
        public List<Eid> eids = List.of();
    }

    static final class Eid {
        public String source;
        public List<Uid> uids = List.of();
    }

    static final class Uid {
        public String id;
    }

    @JsonPropertyOrder({"id", "seatbid", "cur"})
    record Response(String id, List<Seat> seatbid, String cur) {}

    record Seat(List<Bid> bid) {}

    @JsonPropertyOrder({"id", "impid", "price", "adm", "adomain", "crid"})
    record Bid(String id, String impid, double price, String adm, List<String> adomain, String crid) {}

    private static final ObjectMapper JSON = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private static final ObjectReader REQUEST = JSON.readerFor(Request.class);
    private static final ObjectWriter RESPONSE = JSON.writerFor(Response.class);

    private final BidstreamClient uid2 = new BidstreamClient(System.getenv("UID2_BASE_URL"), System.getenv("UID2_API_KEY"), System.getenv("UID2_CLIENT_SECRET"));
    private final Set<String> optedOut = ConcurrentHashMap.newKeySet();

    /** It looks at no user, and bids by context on all. */
    private final boolean isFloor;

    private Bidder(boolean isFloor) {
        this.isFloor = isFloor;
    }

    public static void main(String[] args) throws Exception {
        Bidder bidder = new Bidder(args.length > 0 && args[0].equals("floor"));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            bidder.optedOut.add(line);
        }
        if (!bidder.uid2.refresh().isSuccess()) {
            throw new IOException("no keys");
        }
        System.out.println("listening at 127.0.0.1:" + bidder.listen());
        while (in.readLine() != null) { // the process ends when its input does
        }
        System.exit(0);
    }

    private int listen() throws InterruptedException {
        boolean epoll = Epoll.isAvailable();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        Class<? extends ServerChannel> server = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        Channel listener = new ServerBootstrap().group(loops).channel(server).childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel connection) {
                    connection.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20), Bidder.this);
                }
            }).bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        DefaultFullHttpResponse answer = answer(request);
        if (answer.status() != HttpResponseStatus.NO_CONTENT) {
            answer.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
            answer.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
        }
        ctx.writeAndFlush(answer, ctx.voidPromise());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // the client has left
    }

    private DefaultFullHttpResponse answer(FullHttpRequest http) {
        try {
            Request request = REQUEST.readValue(ByteBufUtil.getBytes(http.content()));
            double price = price(isFloor ? null : rawUid(request));
            Imp imp = best(request.imp, price);
            if (imp == null) {
                return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT);
            }
            Bid bid = new Bid("1", imp.id, price, "<ad/>", List.of("advertiser.example"), "c1");
            byte[] body = RESPONSE.writeValueAsBytes(new Response(request.id, List.of(new Seat(List.of(bid))), "USD"));
            return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
        } catch (IOException e) {
            return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST);
        }
    }

    /** The raw UID of the first token that may be used and whose user hasn't opted out; null if there is none. */
    private String rawUid(Request request) {
        if (request.user == null) {
            return null;
        }
        String domain = request.site == null ? null : request.site.domain;
        for (Eid eid : request.user.eids) {
            if (!"uidapi.com".equals(eid.source)) {
                continue;
            }
            for (Uid uid : eid.uids) {
                DecryptionResponse opened = uid2.decryptTokenIntoRawUid(uid.id, domain);
                if (opened.isSuccess() && !optedOut.contains(opened.getUid())) {
                    return opened.getUid();
                }
            }
        }
        return null;
    }

    /** The impression with the highest floor that the price reaches, the first one of several; null if there is none. */
    private static Imp best(List<Imp> all, double price) {
        Imp best = null;
        for (Imp imp : all) {
            if (imp.bidfloor <= price && (best == null || imp.bidfloor > best.bidfloor)) {
                best = imp;
            }
        }
        return best;
    }

    /** From 0.50 to 10.49, by the FNV-1a hash of the raw UID; by context if there is none. */
    private static double price(String rawUid) {
        if (rawUid == null) {
            return 0.4;
        }
        int hash = 0x811c9dc5;
        for (int i = 0; i < rawUid.length(); i++) {
            hash = (hash ^ rawUid.charAt(i)) * 16777619;
        }
        return (50 + Integer.remainderUnsigned(hash, 1000)) / 100.0;
    }
}
