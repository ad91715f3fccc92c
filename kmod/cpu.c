// SPDX-License-Identifier: GPL-2.0
/*
 * Which CPU works for a connection.
 *
 * Where the network spreads its packets over the CPUs, a connection is worked
 * for where its packets arrive: nothing goes from one CPU's cache to another's.
 * But a card with one queue brings the packets of all connections to one CPU,
 * and few busy connections come to few CPUs: the others would idle. As long as
 * most CPUs see no packets, each connection has a home instead: the CPU of its
 * packets while it is alone there, and then the one with the fewest.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include "ti.h"

/*
 * CPUs that connections may work on. Read without a lock: while the mask is
 * being changed, a connection may choose by old and new bits mixed.
 */
cpumask_t ti_cpus_allowed = CPU_MASK_ALL;

/*
 * The CPU for what arrives on @cpu: this one, or when cpus_allowed_list leaves it out
 * the next one that is allowed and online; @cpu again when there is none.
 */
static int cpu_near(int cpu)
{
	unsigned int near;

	if (likely(cpumask_test_cpu(cpu, &ti_cpus_allowed)))
		return cpu;
	near = cpumask_next_and(cpu, &ti_cpus_allowed, cpu_online_mask);
	if (near >= nr_cpu_ids)
		near = cpumask_first_and(&ti_cpus_allowed, cpu_online_mask);
	return near < nr_cpu_ids ? near : cpu;
}

/* A connection costs the CPU of its packets as much as three do elsewhere. */
#define TI_PACKETS_WEIGHT	3

static DEFINE_PER_CPU(atomic_t, ti_homes);	/* connections at home here */
static DEFINE_PER_CPU(bool, ti_sees_packets);	/* since the last look */
static bool ti_follow;				/* packets arrive on most CPUs */
static unsigned long ti_next_look;		/* jiffies */

/* Where do packets arrive? Two who look at once are no harm. */
static void look_at_cpus(void)
{
	unsigned int cpu, n = 0;

	WRITE_ONCE(ti_next_look, jiffies + HZ);
	for_each_online_cpu(cpu) {
		bool *sees = per_cpu_ptr(&ti_sees_packets, cpu);

		n += READ_ONCE(*sees);
		WRITE_ONCE(*sees, false);
	}
	WRITE_ONCE(ti_follow, 2 * n > num_online_cpus());
}

/* Not the CPU that runs this, which may be working off a backlog. */
static int packets_cpu(const struct ti_conn *conn)
{
	int cpu = READ_ONCE(conn->sock->sk->sk_incoming_cpu);

	return cpu >= 0 ? cpu : raw_smp_processor_id();
}

/**
 * ti_cpu_for_packets - packets of a connection have arrived
 * @conn:	the connection
 *
 * Any context. Return: the CPU that is to take them.
 */
int ti_cpu_for_packets(const struct ti_conn *conn)
{
	int cpu = packets_cpu(conn);
	bool *sees = per_cpu_ptr(&ti_sees_packets, cpu);

	if (!READ_ONCE(*sees))
		WRITE_ONCE(*sees, true);
	if (time_after_eq(jiffies, READ_ONCE(ti_next_look)))
		look_at_cpus();
	return cpu_near(READ_ONCE(ti_follow) ? cpu : conn->home);
}

static int homes_at(int cpu)
{
	return atomic_read(per_cpu_ptr(&ti_homes, cpu));
}

/**
 * ti_cpu_home - give a new connection a home
 * @conn:	the connection; its socket is there
 *
 * Until ti_cpu_leave().
 */
void ti_cpu_home(struct ti_conn *conn)
{
	int packets = packets_cpu(conn);
	int home = cpu_near(packets);
	int cpu, least = homes_at(home);

	if (home == packets)
		least *= TI_PACKETS_WEIGHT;
	for_each_online_cpu(cpu) {
		if (cpu == packets || homes_at(cpu) >= least ||
		    cpu_near(cpu) != cpu)
			continue;
		least = homes_at(cpu);
		home = cpu;
	}
	conn->home = home;
	conn->cpu = home;
	atomic_inc(per_cpu_ptr(&ti_homes, home));
}

/**
 * ti_cpu_leave - the connection ends
 * @conn:	the connection
 */
void ti_cpu_leave(struct ti_conn *conn)
{
	atomic_dec(per_cpu_ptr(&ti_homes, conn->home));
}

/* Whose work item ran last on each CPU. Compared only: it may be gone. */
static DEFINE_PER_CPU(const struct ti_conn *, ti_last_owner);

/**
 * ti_cpu_is_ours - did nobody else work here since the last time
 * @conn:	the connection, whose work item begins to run
 *
 * Owner only. Return: true when no other connection's work item ran on this CPU since
 * that of @conn did.
 */
bool ti_cpu_is_ours(const struct ti_conn *conn)
{
	return raw_cpu_xchg(ti_last_owner, conn) == conn;
}
