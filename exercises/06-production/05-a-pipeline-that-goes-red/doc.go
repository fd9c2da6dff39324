// Package pipeline holds ci.sh, the pipeline of a small shop.
package pipeline
