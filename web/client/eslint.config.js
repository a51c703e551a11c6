// What TypeScript's compiler leaves: the recommended rules, also those that need types, and those of React's hooks.
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config({
  files: ["**/*.ts", "**/*.tsx"],
  extends: [tseslint.configs.recommendedTypeChecked, hooks.configs["recommended-latest"]],
  languageOptions: { parserOptions: { projectService: true } },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: {
    // React does not wait for what a handler of an event returns.
    "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    // A stand-in for an asynchronous function is one, too, where it waits for nothing.
    "@typescript-eslint/require-await": "off",
  },
});
