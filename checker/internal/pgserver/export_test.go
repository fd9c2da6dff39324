package pgserver

import "context"

// NewestBinaries lets tests look for programs in folders of their own.
func NewestBinaries(ctx context.Context, path string, places []string) (dir string, err error) {
	b, err := newestBinaries(ctx, path, places)
	return b.dir, err
}

// CacheID is part of the names of what is made outside the cache.
func CacheID(cache string) string { return cacheID(cache) }

// Settings are what every server is started with.
var Settings = settings
