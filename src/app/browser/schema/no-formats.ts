/** Stands in for ajv-formats beside `schema-validator.ts`, which does not check formats. */
export default function addFormats(): void {}
