# syntax=docker/dockerfile:1.7
# The command uid2, in three images: `--target sidecar` (uid2 serve), `--target receiver` (uid2 optout serve) and `--target demo`,
# which has a shell and is for trying things only. Build in the root of the checkout:
#
#	docker build -f deploy/docker/uid2.Dockerfile --target receiver -t uid2-receiver .
#
# The images are named by their tags. Pin them to digests of your own registry's: --build-arg GO=…@sha256:… BASE=…@sha256:…

ARG GO=golang:1.26.8-bookworm
ARG BASE=gcr.io/distroless/static-debian12:nonroot
ARG DEMO_BASE=gcr.io/distroless/static-debian12:debug-nonroot

FROM ${GO} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV GOCACHE=/go/build CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local
COPY . /src
WORKDIR /src/cmd/uid2
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/build \
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/uid2 . && \
    /src/deploy/licences /out/licenses .
# A new volume gets the owner of the directory that it covers.
RUN install -d -o 65532 -g 65532 -m 0700 /out/state

FROM ${BASE} AS uid2
COPY --from=build /out/uid2 /usr/local/bin/uid2
COPY --from=build /out/licenses /usr/share/doc/uid2/licenses
COPY --from=build --chown=65532:65532 --chmod=0700 /out/state /var/lib/uid2
USER 65532:65532
VOLUME /var/lib/uid2
ENTRYPOINT ["/usr/local/bin/uid2"]
LABEL org.opencontainers.image.title="uid2" \
      org.opencontainers.image.description="UID2 and EUID for real-time bidding" \
      org.opencontainers.image.source="https://github.com/uid2rtb/uid2rtb" \
      org.opencontainers.image.licenses="Apache-2.0"

# A sidecar for bidders in any language. Its configuration is mounted at /etc/uid2/serve.json.
# Its socket is in /run/uid2, which is shared with the bidder.
FROM uid2 AS sidecar
COPY --from=build --chown=65532:65532 --chmod=0750 /out/state /run/uid2
VOLUME /run/uid2
EXPOSE 8311
CMD ["serve", "-config", "/etc/uid2/serve.json", "-listen", "unix:/run/uid2/sidecar.sock", "-socket-mode", "0660", "-metrics", ":8311"]
LABEL org.opencontainers.image.title="uid2-sidecar"

# The receiver of opt-outs. The token that the webhook brings is mounted as a file.
FROM uid2 AS receiver
EXPOSE 8300 8301
CMD ["optout", "serve", "-listen", ":8300", "-store", "/var/lib/uid2/optouts.db", "-bearer-token-file", "/run/secrets/webhook-token", "-metrics", ":8301"]
LABEL org.opencontainers.image.title="uid2-receiver"

# The local operator, and a shell to make secrets and send requests with.
FROM ${DEMO_BASE} AS demo
COPY --from=build /out/uid2 /usr/local/bin/uid2
COPY --from=build --chown=65532:65532 --chmod=0700 /out/state /run/secrets
USER 65532:65532
VOLUME /run/secrets
ENTRYPOINT ["/usr/local/bin/uid2"]
CMD ["help"]
LABEL org.opencontainers.image.title="uid2-demo" \
      org.opencontainers.image.source="https://github.com/uid2rtb/uid2rtb" \
      org.opencontainers.image.licenses="Apache-2.0"
