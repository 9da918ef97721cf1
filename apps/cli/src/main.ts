#!/usr/bin/env node
import { processIo } from "./io.ts";
import { runProgram } from "./program.ts";

process.exitCode = await runProgram({ io: processIo(process), args: process.argv.slice(2) });
