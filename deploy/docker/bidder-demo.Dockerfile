# syntax=docker/dockerfile:1.7
# The bidder of the demonstration, alone. Build in the root of the checkout.

ARG GO=golang:1.26.8-bookworm
ARG BASE=gcr.io/distroless/static-debian12:nonroot

FROM ${GO} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV GOCACHE=/go/build CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local
COPY . /src
WORKDIR /src/bidder-demo
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/build \
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/bidder-demo . && \
    /src/deploy/licences /out/licenses .

FROM ${BASE} AS bidder
COPY --from=build /out/bidder-demo /usr/local/bin/bidder-demo
COPY --from=build /out/licenses /usr/share/doc/bidder-demo/licenses
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/bidder-demo"]
CMD ["-bidder", ":8080"]
LABEL org.opencontainers.image.title="uid2-bidder-demo" \
      org.opencontainers.image.source="https://github.com/uid2rtb/uid2rtb" \
      org.opencontainers.image.licenses="Apache-2.0"
