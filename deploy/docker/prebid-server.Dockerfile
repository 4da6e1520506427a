# syntax=docker/dockerfile:1.7
# Prebid Server with the module uid2.decrypt. Build in the root of the checkout, v3 or v4:
#
#	docker build -f deploy/docker/prebid-server.Dockerfile -t prebid-server-uid2:3.30.0 .
#	docker build -f deploy/docker/prebid-server.Dockerfile --build-arg PBS=v4.6.0 -t prebid-server-uid2:4.6.0 .
#
# Its configuration is mounted at /etc/config/pbs.yaml. Prebid Server's own image is built with cgo, which one module needs,
# fiftyonedegrees.devicedetection. This one has no C in it: there that module refuses to start if it is enabled.

ARG GO=golang:1.26.8-bookworm
ARG BASE=gcr.io/distroless/static-debian12:nonroot

FROM ${GO} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV GOCACHE=/go/build CGO_ENABLED=0 GOTOOLCHAIN=local
ARG PBS=v3.30.0
# The go command checks what it fetches against the checksum database.
WORKDIR /pbs
RUN --mount=type=cache,target=/go/pkg/mod \
    module="github.com/prebid/prebid-server/${PBS%%.*}" && \
    go mod download "$module@$PBS" && \
    cp -R "$(go env GOMODCACHE)/$module@$PBS/." . && \
    chmod -R u+w .
COPY . /src
WORKDIR /src
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/build \
    export GOFLAGS="-trimpath -buildvcs=false '-ldflags=-s -w -X github.com/prebid/prebid-server/${PBS%%.*}/version.Ver=${PBS#v}'" && \
    go run ./module/register -tree /pbs -print none -o /out/prebid-server
WORKDIR /pbs
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/build \
    /src/deploy/licences /out/licenses .
# A new volume gets the owner of the directory that it covers.
RUN install -d -o 65532 -g 65532 -m 0700 /out/state

FROM ${BASE} AS prebid-server
ARG PBS=v3.30.0
# Prebid Server looks for its directory static where it is started.
WORKDIR /usr/local/share/prebid-server
COPY --from=build /out/prebid-server /usr/local/bin/prebid-server
COPY --from=build /pbs/static static
COPY --from=build /out/licenses /usr/share/doc/prebid-server/licenses
COPY --from=build --chown=65532:65532 --chmod=0700 /out/state /var/lib/pbs
USER 65532:65532
VOLUME /var/lib/pbs
EXPOSE 8000 6060 9464
ENTRYPOINT ["/usr/local/bin/prebid-server"]
CMD ["-logtostderr"]
LABEL org.opencontainers.image.title="prebid-server-uid2" \
      org.opencontainers.image.description="Prebid Server ${PBS} with the hook module uid2.decrypt" \
      org.opencontainers.image.source="https://github.com/uid2rtb/uid2rtb" \
      org.opencontainers.image.licenses="Apache-2.0"
