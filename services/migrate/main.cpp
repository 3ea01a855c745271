// migrate: brings the database's schema up or down, by hand or before the services start.

#include "migrate/commands.hpp"

int main(int argc, char** argv) { return monitron::migrate::run({argv + 1, argv + argc}); }
