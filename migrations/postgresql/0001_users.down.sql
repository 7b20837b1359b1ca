DROP TABLE known_logins;
DROP TABLE users;
