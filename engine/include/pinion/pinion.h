/*
 * Everything public in one include.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_PINION_H
#define PINION_PINION_H

#include <pinion/array.h>
#include <pinion/base.h>
#include <pinion/config.h>
#include <pinion/cpus.h>
#include <pinion/engine.h>
#include <pinion/ledger.h>
#include <pinion/local.h>
#include <pinion/loop.h>
#include <pinion/partition.h>
#include <pinion/placement.h>
#include <pinion/report.h>
#include <pinion/scope.h>
#include <pinion/topology.h>
#include <pinion/tune.h>

#endif
