"use strict";

// The key that the reference shows as an example (headers.py). Two calls must not share one, so
// whoever leaves it as it stands sends a new one each time.
const EXAMPLE_KEY = "00000000-0000-4000-8000-000000000000";

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  filter: true,
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null, // nobody else is asked
  requestInterceptor: (request) => {
    if (request.headers["Idempotency-Key"] === EXAMPLE_KEY) {
      request.headers["Idempotency-Key"] = newKey();
    }
    return request;
  },
});
