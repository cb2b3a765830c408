// More than 6 MB of minified JavaScript, which the group bridge starts.

import * as babel from "@babel/standalone";
import * as prettier from "prettier/standalone";
import ts from "typescript";

/** How many tokens a TypeScript source has. */
export const tokens = (source) => {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true);
  scanner.setText(source);
  let count = 0;
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken) count++;
  return count;
};

/** What else is loaded. */
export const versions = () => ({ babel: babel.version, prettier: prettier.version, typescript: ts.version });
