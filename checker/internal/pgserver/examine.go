package pgserver

import (
	"context"
	"fmt"
	"os"

	"github.com/moby/moby/client"
)

// Place is one place where a server could come from, and whether it is there.
type Place struct {
	Found string // what there is
	Err   error  // why there is none; its text ends with what would help
}

// Places says what this machine has to make servers from. Nothing is started, pulled or downloaded.
type Places struct {
	Engine   Place // a Docker engine
	Image    Place // the image for it
	Local    Place // the programs of a PostgreSQL on this machine
	Embedded Place // a build that was downloaded before
	Cache    string
}

// Examine looks at each place.
func Examine(ctx context.Context, opts Options) (*Places, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	if opts.Cache == "" {
		if opts.Cache, err = cacheFolder(""); err != nil {
			return nil, err
		}
	}
	p := &Places{Cache: opts.Cache}
	p.Engine, p.Image = examineEngine(ctx, opts.Image)
	if bin, err := newestBinaries(ctx, os.Getenv("PATH"), usualPlaces); err != nil {
		p.Local.Err = err
	} else {
		p.Local.Found = fmt.Sprintf("%s in %s", bin.label, bin.dir)
	}
	e := &embedded{cache: opts.Cache}
	if _, err := os.Stat(e.complete()); err != nil {
		p.Embedded.Err = fmt.Errorf("no build was downloaded yet: it is, when nothing else is there")
	} else {
		p.Embedded.Found = "PostgreSQL " + string(embeddedVersion)
	}
	return p, nil
}

func examineEngine(ctx context.Context, image string) (engine, there Place) {
	eng, err := openEngine(ctx)
	if err != nil {
		return Place{Err: err}, Place{Err: fmt.Errorf("%s: no engine to ask", image)}
	}
	defer eng.Close()
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	engine.Found = "answers"
	if v, err := eng.ServerVersion(ctx, client.ServerVersionOptions{}); err == nil {
		engine.Found = "engine " + v.Version
	}
	if _, err := eng.ImageInspect(ctx, image); err != nil {
		return engine, Place{Err: withHelp(fmt.Errorf("%s is not here", image), "docker pull "+image)}
	}
	there.Found = image
	return engine, there
}
