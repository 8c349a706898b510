// Package files is how the engine meets the disk: what it reads is a regular file that may be hostile, and what it writes
// appears under its name complete or not at all.
package files
