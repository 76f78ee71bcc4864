#!/usr/bin/env node
// In the repository before anything is built, so that installing finds it.
import "../dist/cli/main.js";
