# The application as it is served: docker build -t gan-demos . && docker run --rm -p 7860:7860 --read-only --tmpfs /tmp gan-demos
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 visitor
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app.py LICENSE README.md ./
COPY gan_demos gan_demos
COPY checkpoints checkpoints

USER visitor
ENV HOST=0.0.0.0 PORT=7860 PYTHONDONTWRITEBYTECODE=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=8)"]
CMD ["python", "app.py"]
