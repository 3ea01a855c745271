DROP TABLE status_posts;
DROP TABLE status_pages;
