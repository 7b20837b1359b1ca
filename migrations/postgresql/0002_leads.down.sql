DROP TABLE upload_intents;
DROP TABLE leads;
