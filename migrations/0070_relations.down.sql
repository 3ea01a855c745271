DROP TABLE instance_relations;
