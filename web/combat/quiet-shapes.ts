import { config } from "zod";

/*
 * The content of fights is checked when it is loaded. Zod would first try whether it may compile code, which the pages'
 * security policy forbids and browsers report. Imported before any content.
 */
config({ jitless: true });
