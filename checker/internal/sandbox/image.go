package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// imageName is the repository of our images; the tag is what is in them.
const imageName = "workbook-sandbox"

// Where things are in the image.
const (
	runnerPath = "/runner"
	zonePath   = "/zoneinfo.zip" // there are no time zones in there otherwise
)

// Image makes the image that programs run in, if the engine has it not yet, and returns its name. It holds the runner, a
// program for the engine's system, and the time zones: a zip file as the Go distribution has it.
func (e *Engine) Image(ctx context.Context, runner, zones string) (string, error) {
	layer, err := layer(runner, zones)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(layer)
	name := imageName + ":" + hex.EncodeToString(sum[:8])
	_, err = e.api.ImageInspect(ctx, name)
	if err == nil {
		return name, nil
	}
	if !errdefs.IsNotFound(err) {
		return "", fmt.Errorf("look for image %s: %w", name, err)
	}
	made, err := e.api.ImageImport(ctx, client.ImageImportSource{Source: bytes.NewReader(layer), SourceName: "-"}, name,
		client.ImageImportOptions{})
	if err != nil {
		return "", fmt.Errorf("make image %s: %w", name, err)
	}
	defer made.Close()
	if _, err := io.Copy(io.Discard, made); err != nil {
		return "", fmt.Errorf("make image %s: %w", name, err)
	}
	return name, nil
}

// layer is the image's only layer.
func layer(runner, zones string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	// What is mounted over /tmp takes its mode. The others are where folders of this machine can be lent.
	for _, dir := range []string{"tmp/", "usr/", "bin/", "lib/", "lib64/", "etc/", "etc/alternatives/"} {
		mode := int64(0o755)
		if dir == "tmp/" {
			mode = 0o1777
		}
		if err := w.WriteHeader(&tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: mode}); err != nil {
			return nil, fmt.Errorf("make image: %w", err)
		}
	}
	text := []byte("nobody:x:65534:65534:nobody:/tmp:/bin/sh\n")
	if err := addFile(w, "etc/passwd", 0o644, text); err != nil {
		return nil, err
	}
	if err := addFrom(w, runnerPath[1:], 0o755, runner); err != nil {
		return nil, err
	}
	if err := addFrom(w, zonePath[1:], 0o644, zones); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("make image: %w", err)
	}
	return b.Bytes(), nil
}

func addFrom(w *tar.Writer, name string, mode int64, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return addFile(w, name, mode, text)
}

// addFile adds a file without a time: equal files make equal archives.
func addFile(w *tar.Writer, name string, mode int64, text []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(text))}); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}
