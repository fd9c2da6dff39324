package dashboard

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const fieldNames = " id name team phone salary "

func (q *work) field(a Action, name string) error {
	if name == "" || strings.Contains(name, " ") || !strings.Contains(fieldNames, " "+name+" ") {
		return status(400)
	}
	return q.can(a, "person", name)
}

// writable is the body as JSON, if the member may write all of its fields.
func (q *work) writable(body map[string]json.RawMessage) (string, error) {
	for name, value := range body {
		if err := q.field(Update, name); err != nil {
			return "", err
		}
		if isText := value[0] == '"'; isText == (name == "salary") || string(value) == "null" {
			return "", status(422)
		}
	}
	raw, err := json.Marshal(body)
	return string(raw), err
}

func (q *work) change(id int64, body map[string]json.RawMessage) (string, error) {
	set, err := q.writable(body)
	if err != nil {
		return "", err
	}
	_, err = q.tx.Exec(q.ctx, `UPDATE people p SET name = n.name, team = n.team, phone = n.phone, salary = n.salary
		FROM people o, LATERAL jsonb_populate_record(o, $3) n WHERE p.id = o.id AND o.tenant = $1 AND o.id = $2`, q.tenant, id, set)
	if err != nil {
		return "", err
	}
	_, one, err := q.query(200, `SELECT (to_jsonb(v) - 'tenant')::text FROM seen_by_`+q.role+` v WHERE tenant = $1 AND id = $2`, q.tenant, id)
	if err != nil {
		return "", err
	}
	return *one, nil
}

// conditions are those of the query's filters, on the view of the role.
func (q *work) conditions(others string) (string, []any, error) {
	where, args := "tenant = $1", []any{q.tenant}
	for name, values := range q.r.URL.Query() {
		if strings.Contains(others, " "+name+" ") {
			continue
		}
		field, bound, _ := strings.Cut(name, ".")
		if err := q.field(Read, field); err != nil {
			return "", nil, err
		}
		operator := map[string]string{"": "=", "min": ">=", "max": "<="}[bound]
		if operator == "" || bound != "" && field != "salary" {
			return "", nil, status(400)
		}
		args = append(args, values[0])
		cast := "text"
		if field == "id" || field == "salary" {
			cast = "text::bigint"
		}
		where += fmt.Sprintf(" AND %s %s $%d::%s", field, operator, len(args), cast)
	}
	return where, args, nil
}

func (q *work) people() (int, *string, error) {
	query := q.r.URL.Query()
	where, args, err := q.conditions(" sort limit cursor ")
	if err != nil {
		return 0, nil, err
	}
	sort := query.Get("sort")
	if sort == "" {
		sort = "id"
	}
	field := strings.TrimPrefix(sort, "-")
	if err := q.field(Read, field); err != nil {
		return 0, nil, err
	}
	order, after := "ASC", ">"
	if field != sort {
		order, after = "DESC", "<"
	}
	limit := 50
	if n := query.Get("limit"); n != "" {
		if limit, err = strconv.Atoi(n); err != nil || limit < 1 || limit > 100 {
			return 0, nil, status(400)
		}
	}
	if cursor := query.Get("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		var at []string
		if err != nil || json.Unmarshal(raw, &at) != nil || len(at) != 3 || at[0] != sort {
			return 0, nil, status(400)
		}
		cast := map[bool]string{true: "text::bigint", false: "text"}[field == "id" || field == "salary"]
		args = append(args, at[1], at[2])
		where += fmt.Sprintf(" AND (%s, id) %s ($%d::%s, $%d::text::bigint)", field, after, len(args)-1, cast, len(args))
	}
	args = append(args, limit, sort)
	return q.query(200, fmt.Sprintf(`
		WITH page AS (SELECT *, row_number() OVER (ORDER BY %[1]s %[2]s, id %[2]s) AS n FROM seen_by_%[3]s WHERE %[4]s ORDER BY n LIMIT $%[5]d::int + 1)
		SELECT json_build_object(
			'items', coalesce((SELECT json_agg(to_jsonb(page) - 'tenant' - 'n' ORDER BY n) FROM page WHERE n <= $%[5]d), '[]'),
			'next', (SELECT translate(encode(convert_to(json_build_array($%[6]d::text, %[1]s::text, id::text)::text, 'UTF8'), 'base64'), E'\n', '')
				FROM page WHERE n = $%[5]d AND EXISTS (SELECT FROM page WHERE n > $%[5]d)))::text`,
		field, order, q.role, where, len(args)-1, len(args)), args...)
}

func (q *work) summary() (int, *string, error) {
	where, args, err := q.conditions(" by sum ")
	if err != nil {
		return 0, nil, err
	}
	by, sum := q.r.URL.Query().Get("by"), q.r.URL.Query().Get("sum")
	if err := q.field(Read, by); err != nil {
		return 0, nil, err
	}
	total := ""
	if sum != "" {
		if err := q.field(Read, sum); err != nil {
			return 0, nil, err
		}
		if sum != "salary" {
			return 0, nil, status(400)
		}
		total = ", sum(salary)::bigint AS sum"
	}
	return q.query(200, `SELECT coalesce(json_agg(g ORDER BY by), '[]')::text FROM (SELECT `+by+` AS by, count(*) AS count`+total+` FROM seen_by_`+q.role+` WHERE `+where+` GROUP BY 1) g`, args...)
}

// export lets the database write the CSV. COPY takes no parameters; the tenant is a number.
func (q *work) export() (int, *string, error) {
	var columns []string
	for _, c := range [][2]string{
		{"id", `id`},
		{"placed_at", `to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`},
		{"customer", `customer_id`},
		{"note", `CASE WHEN left(note, 1) IN ('=', '+', '-', '@', chr(9), chr(10), chr(13)) THEN '''' || note ELSE note END`},
		{"revenue", `(SELECT coalesce(sum(quantity * price_cents), 0) FROM order_items i WHERE i.order_id = o.id)`},
		{"paid", `(SELECT coalesce(sum(amount_cents), 0) FROM payments p WHERE p.order_id = o.id)`},
	} {
		if q.can(Read, "order", c[0]) == nil {
			columns = append(columns, c[1]+" AS "+c[0])
		}
	}
	sql := fmt.Sprintf(`COPY (SELECT %s FROM orders o WHERE tenant_id = %d ORDER BY o.id) TO STDOUT (FORMAT csv, HEADER)`, strings.Join(columns, ", "), q.tenant)
	_, err := q.tx.Conn().PgConn().CopyTo(q.ctx, q.out, sql)
	return 200, nil, err
}

func (q *work) dashboard() (int, *string, error) {
	from, err := time.Parse(time.DateOnly, q.r.URL.Query().Get("from"))
	to, err2 := time.Parse(time.DateOnly, q.r.URL.Query().Get("to"))
	days := int(to.Sub(from).Hours()/24) + 1
	if err != nil || err2 != nil || days < 1 || days > 400 {
		return 0, nil, status(400)
	}
	var zone string
	if err := q.tx.QueryRow(q.ctx, `SELECT zone FROM tenants WHERE id = $1`, q.tenant).Scan(&zone); err != nil {
		return 0, nil, err
	}
	const within = `tenant_id = $1 AND %[1]s >= $3::date::timestamp AT TIME ZONE $2 AND %[1]s < ($4::date + 1)::timestamp AT TIME ZONE $2`
	_, sales, err := q.query(0, `
		SELECT coalesce(json_object_agg(day, s), '{}')::text FROM (
			SELECT day, count(*) AS orders, sum(revenue) AS revenue, sum(paid) AS paid FROM (
				SELECT (placed_at AT TIME ZONE $2)::date AS day, i.revenue, coalesce(sum(amount_cents), 0) AS paid
				FROM (
					SELECT id, placed_at, coalesce(sum(quantity * price_cents), 0) AS revenue
					FROM orders LEFT JOIN order_items ON order_id = id WHERE `+fmt.Sprintf(within, "placed_at")+` GROUP BY id
				) i LEFT JOIN payments p ON p.order_id = i.id GROUP BY i.id, placed_at, i.revenue
			) o GROUP BY day
		) s`, q.tenant, zone, from, to)
	if err != nil {
		return 0, nil, err
	}
	return q.query(200, `
		WITH v AS (SELECT DISTINCT customer_id, (visited_at AT TIME ZONE $2)::date AS day FROM visits WHERE `+fmt.Sprintf(within, "visited_at")+`),
		day AS (
			SELECT d::date AS date, (SELECT count(*) FROM v WHERE day = d) AS actives,
				coalesce(($5::json->d::date::text->>'orders')::bigint, 0) AS orders,
				coalesce(($5::json->d::date::text->>'revenue')::bigint, 0) AS revenue,
				coalesce(($5::json->d::date::text->>'paid')::bigint, 0) AS paid
			FROM generate_series($6::timestamp, $4::timestamp, interval '1 day') d
		)
		SELECT json_build_object('from', $6::date, 'to', $4::date, 'zone', $2::text, 'days', json_agg(day ORDER BY date),
			'total', json_build_object('actives', (SELECT count(DISTINCT customer_id) FROM v WHERE day >= $6::date), 'orders', sum(orders)::bigint, 'revenue', sum(revenue)::bigint, 'paid', sum(paid)::bigint),
			'retention', json_build_object('before', (SELECT count(DISTINCT customer_id) FROM v WHERE day < $6::date),
				'returned', (SELECT count(DISTINCT b.customer_id) FROM v b JOIN v n USING (customer_id) WHERE b.day < $6::date AND n.day >= $6::date)))::text
		FROM day`, q.tenant, zone, from.AddDate(0, 0, -days), to, *sales, from)
}
