# The portal in a small image: one user without rights, nothing to build with inside. Its bundles of
# Kubeflow are made here, so that deploying needs neither kustomize nor a download.
FROM registry.k8s.io/kustomize/kustomize:v5.6.0 AS kustomize

FROM python:3.13-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /portal
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY app app
COPY templates templates
COPY static static
COPY locales locales
RUN uv sync --frozen --no-dev

FROM build AS bundles
COPY --from=kustomize /app/kustomize /usr/local/bin/kustomize
RUN set -e; \
    for release in $(.venv/bin/python -c "from app.kubeflow.catalogue import releases; print(*releases())"); do \
      .venv/bin/kfportal bundle build "$release" --output /bundles; \
    done; \
    for bundle in /bundles/*.gz; do .venv/bin/kfportal bundle verify "$bundle"; done

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Kubeflow Deploy Portal" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --home-dir /data --create-home portal
COPY --from=build /portal /portal
COPY --from=bundles /bundles /bundles
WORKDIR /portal
ENV PATH=/portal/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KFPORTAL_HOST=0.0.0.0 \
    KFPORTAL_DATA_DIR=/data \
    KFPORTAL_BUNDLES='["/bundles"]' \
    KFPORTAL_LOG_FORMAT=json
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["kfportal", "serve"]
