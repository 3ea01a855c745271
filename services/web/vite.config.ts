import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Swagger UI is served beside the UI as plain files: the API description is read in the
// browser, and the strict content policy allows no inline script.
function swaggerUi(): Plugin {
  const files = ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE"];
  return {
    name: "swagger-ui",
    apply: "build",
    closeBundle() {
      const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
      const to = resolve("dist/swagger");
      mkdirSync(to, { recursive: true });
      for (const file of files) cpSync(join(from, file), join(to, file));
      cpSync("swagger", to, { recursive: true });
    },
  };
}

// GraphiQL's fonts are inside its style sheet, where the content policy refuses them: the page's own are used.
function withoutFonts(): Plugin {
  return {
    name: "without-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("/graphiql/") || !id.includes(".css")) return undefined;
      return code.replace(/@font-face\s*\{[^}]*\}/g, "");
    },
  };
}

// `npm run dev` serves the sources and passes API calls on to a running suite.
const suite = process.env["MONITRON_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), swaggerUi(), withoutFonts()],
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: {
    host: "127.0.0.1",
    port: Number(process.env["WEB_PORT"] ?? 8080),
    strictPort: true,
    proxy: {
      "/api": { target: suite, ws: true, changeOrigin: true },
      "/health": suite,
      "/readyz": suite,
    },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
