-- What the public is shown: pages with components, and what people say about them.
CREATE TABLE status_pages (
  id           uuid PRIMARY KEY,
  slug         text NOT NULL,
  title        text NOT NULL,
  description  text NOT NULL DEFAULT '',
  published    boolean NOT NULL DEFAULT false,
  history_days integer NOT NULL CHECK (history_days BETWEEN 0 AND 365),
  sections     json NOT NULL,  -- as they were put, in their order
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX status_pages_slug ON status_pages (slug);

CREATE TABLE status_posts (
  id         uuid PRIMARY KEY,
  page_id    uuid NOT NULL REFERENCES status_pages ON DELETE CASCADE,
  kind       text NOT NULL,
  title      text NOT NULL,
  state      text NOT NULL,
  text       text NOT NULL,
  components jsonb NOT NULL DEFAULT '[]',  -- ids of the page's
  starts_at  timestamptz,                  -- of maintenance
  ends_at    timestamptz,
  updates    jsonb NOT NULL,               -- each state and text that it had: {at_ms, state, text}
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX status_posts_page_idx ON status_posts (page_id, updated_at);
