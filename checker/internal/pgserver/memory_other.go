//go:build !linux

package pgserver

// memoryDir is a folder in memory, or nothing.
func memoryDir() string { return "" }
