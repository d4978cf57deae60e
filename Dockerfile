# The active LTS line of Node. `engines` in package.json names all lines that run the service.
ARG NODE_VERSION=26

# Node 26 is linked against libatomic.so.1, which the slim image lacks.
FROM node:${NODE_VERSION}-slim AS base
RUN apt-get update && apt-get install --yes --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*

FROM base AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --no-audit --no-fund
COPY . .
RUN npm run build && rm dist/.tsbuildinfo

# Without the embedded PostgreSQL, an optional dependency: a container is given DATABASE_URL.
FROM base AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM base
# 0.0.0.0: in a container, the loopback is reached by nobody.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
# Owned by root and run by another: the service writes nothing into its image, and runs on a read-only file system.
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
USER node
EXPOSE 3000
# Ready, not only alive: the database answers and its migrations are in place.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would keep the signal to stop from the service.
# Without a limit of its own V8 lets garbage lie as long as the machine has room: 330 MB instead of 200 under load. What it
# takes for long-lived after a burst it would make where only full collections clean up; they show in the slowest answers.
CMD ["node", "--max-old-space-size=1024", "--no-allocation-site-pretenuring", "dist/main.js"]
