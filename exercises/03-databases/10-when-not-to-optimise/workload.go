package whennottooptimise

// Statement is one that the market place sends.
type Statement struct {
	Name  string
	Often string // how often it is sent
	SQL   string
	Rows  int64 // at most so many may be read; 0: whatever it needs
	Pages int64 // of tables and indexes; 0: whatever it needs
}

// Workload is all that the market place sends.
var Workload = []Statement{
	{"a view of a listing", "90,000 an hour", // writes into no index
		`UPDATE listings SET views = views + 1, viewed_at = now() WHERE id = $1`, 0, 0},
	{"a listing by its slug", "90,000 an hour",
		`SELECT id, title, description, price_cents, views FROM listings WHERE slug = $1`, 5, 50},
	{"the cheapest of a category", "40,000 an hour",
		`SELECT id, title, price_cents, views FROM listings WHERE category_id = $1 AND removed_at IS NULL ORDER BY price_cents LIMIT 20`, 100, 50},
	{"the newest of all", "10,000 an hour",
		`SELECT id, title FROM listings WHERE status = 'live' AND removed_at IS NULL ORDER BY created_at DESC LIMIT 20`, 100, 50},
	{"the newest of a seller", "3,000 an hour", // of whom some have 2,000
		`SELECT id, title FROM listings WHERE seller_id = $1 AND removed_at IS NULL ORDER BY created_at DESC LIMIT 20`, 100, 50},
	{"a new listing", "2,000 an hour",
		`INSERT INTO listings (id, seller_id, category_id, sku, slug, title, description, price_cents, status, created_at)
		 VALUES ($1, $2, $3, $4, $5, 'A lamp', 'Hardly used.', 1250, 'live', now())`, 0, 0},
	{"an import goes", "60 an hour", // when its listings have gone
		`DELETE FROM imports WHERE id = $1`, 5, 50},
	{"a seller goes", "30 an hour", // when their listings have gone
		`DELETE FROM sellers WHERE id = $1`, 5, 50},
	{"support looks for a title", "twice a day",
		`SELECT id, title FROM listings WHERE lower(title) LIKE lower($1) || '%'`, 0, 0},
	{"the export of what is live", "once a night",
		`SELECT * FROM listings WHERE status = 'live'`, 0, 0},
	{"the size of each category", "once a night",
		`SELECT category_id, count(*) FROM listings GROUP BY category_id`, 0, 0},
	{"the listings that are viewed most", "once a month",
		`SELECT id, title, views FROM listings ORDER BY views DESC LIMIT 100`, 0, 0},
	{"the listings that nobody views", "once a month",
		`SELECT id, title FROM listings WHERE viewed_at < now() - interval '90 days'`, 0, 0},
}
