//go:build !unix

package submission

const noBlock = 0
