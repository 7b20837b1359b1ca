"use strict";

// /docs tries requests out; /redoc shows the same document to read.
const isReadOnly = document.body.dataset.mode === "read-only";
const nothing = () => () => null;

SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    // The default sends the document to a service of others.
    validatorUrl: null,
    ...(isReadOnly && {
        supportedSubmitMethods: [],
        plugins: [{ wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing } }],
    }),
});
