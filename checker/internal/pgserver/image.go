package pgserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// A pull may take as long as it makes progress.
const (
	pullStall    = 8 * time.Second
	pullProgress = 2 * time.Second // between two lines
)

// ensureImage pulls the image unless it is present. It does not leave that to testcontainers,
// which shows nothing meanwhile and tries again for fifteen minutes when there is no registry.
func ensureImage(ctx context.Context, eng *testcontainers.DockerClient, image string, say func(string)) error {
	ask, cancel := context.WithTimeout(ctx, engineTimeout)
	_, err := eng.ImageInspect(ask, image)
	cancel()
	if err == nil {
		return nil
	}
	if !errdefs.IsNotFound(err) {
		return fmt.Errorf("look for image %s: %w", image, err)
	}
	say("pulling " + image)
	if err := pull(ctx, eng, image, say); err != nil {
		return withHelp(fmt.Errorf("pull %s: %w", image, oneLine(err)),
			"pull it where a registry is reached, or name an image that is present in "+EnvImage)
	}
	return nil
}

func pull(ctx context.Context, eng *testcontainers.DockerClient, image string, say func(string)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(pullStall, func() {
		cancel(fmt.Errorf("no progress for %v", pullStall))
	})
	defer stalled.Stop()

	stream, err := eng.ImagePull(ctx, image, client.ImagePullOptions{RegistryAuth: registryAuth(ctx, image)})
	if err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	defer stream.Close()
	meter := pullMeter{say: say, image: image, layers: map[string]jsonstream.Progress{}, last: time.Now()}
	for msg, err := range stream.JSONMessages(ctx) {
		switch {
		case err != nil:
			return errors.Join(context.Cause(ctx), err)
		case msg.Error != nil:
			return msg.Error
		}
		stalled.Reset(pullStall)
		meter.add(msg)
	}
	return context.Cause(ctx)
}

// registryAuth is what the user's Docker configuration says, or nothing: public images need none.
func registryAuth(ctx context.Context, image string) string {
	_, auth, err := testcontainers.DockerImageAuth(ctx, image)
	if err != nil {
		return ""
	}
	text, err := authconfig.Encode(auth)
	if err != nil {
		return ""
	}
	return text
}

// pullMeter adds up the layers of an image.
type pullMeter struct {
	say    func(string)
	image  string
	layers map[string]jsonstream.Progress
	last   time.Time
}

func (m *pullMeter) add(msg jsonstream.Message) {
	if msg.Status == "Downloading" && msg.Progress != nil {
		m.layers[msg.ID] = *msg.Progress
	}
	if time.Since(m.last) < pullProgress {
		return
	}
	m.last = time.Now()
	var current, total int64
	for _, p := range m.layers {
		current, total = current+p.Current, total+p.Total
	}
	m.say(fmt.Sprintf("pulling %s: %d of %d MB", m.image, current/1e6, total/1e6))
}
