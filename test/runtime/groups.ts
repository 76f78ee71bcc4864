/** Groups: the suites of the runtime, each of which runs over every store. */
import { aheadSuite } from "./ahead.suite.ts";
import { blackboardSuite } from "./blackboard.suite.ts";
import { breakerSuite } from "./breaker.suite.ts";
import { budgetSuite } from "./budgets.suite.ts";
import { callSuite } from "./call.suite.ts";
import { cancelSuite } from "./cancel.suite.ts";
import { capacitySuite } from "./capacity.suite.ts";
import { castSuite } from "./cast.suite.ts";
import { closingSuite } from "./closing.suite.ts";
import { controlSuite } from "./control.suite.ts";
import { conversationSuite } from "./conversation.suite.ts";
import { deadLetterSuite } from "./deadletters.suite.ts";
import { deadlineSuite } from "./deadline.suite.ts";
import { delaySuite } from "./delays.suite.ts";
import { deliverySuite } from "./delivery.suite.ts";
import { durableSuite } from "./durable.suite.ts";
import { exactlyOnceSuite } from "./exactlyonce.suite.ts";
import { failingSuite } from "./failing.suite.ts";
import { fanOutSuite } from "./fanout.suite.ts";
import { healthSuite } from "./health.suite.ts";
import { historySuite } from "./history.suite.ts";
import { inHandSuite } from "./inhand.suite.ts";
import { infoSuite } from "./info.suite.ts";
import { interceptorSuite } from "./interceptors.suite.ts";
import { interruptSuite } from "./interrupt.suite.ts";
import { keyedSuite } from "./keyed.suite.ts";
import { leaseSuite } from "./lease.suite.ts";
import { leavingSuite } from "./leaving.suite.ts";
import { lifecycleSuite } from "./lifecycle.suite.ts";
import { lineageSuite } from "./lineage.suite.ts";
import { liveSuite } from "./live.suite.ts";
import { limitSuite } from "./limits.suite.ts";
import { linkSuite } from "./links.suite.ts";
import { loadSuite } from "./load.suite.ts";
import { loopSuite } from "./loops.suite.ts";
import { llmSuite } from "./llm.suite.ts";
import { overspendSuite } from "./overspend.suite.ts";
import { patternSuite } from "./patterns.suite.ts";
import { pausingSuite } from "./pausing.suite.ts";
import { peopleSuite } from "./people.suite.ts";
import { sseSuite } from "./sse.suite.ts";
import { modelSuite } from "./models.suite.ts";
import { noteSuite } from "./notes.suite.ts";
import { orderSuite } from "./order.suite.ts";
import { poolSuite } from "./pools.suite.ts";
import { publishingSuite } from "./publishing.suite.ts";
import { receiveSuite } from "./receive.suite.ts";
import { rejectSuite } from "./reject.suite.ts";
import { replySuite } from "./reply.suite.ts";
import { reportSuite } from "./reports.suite.ts";
import { restartSuite } from "./restart.suite.ts";
import { retrySuite } from "./retry.suite.ts";
import { routerSuite } from "./router.suite.ts";
import { scheduleSuite } from "./schedules.suite.ts";
import { settlingSuite } from "./settling.suite.ts";
import { stateSuite } from "./state.suite.ts";
import { statisticsSuite } from "./statistics.suite.ts";
import { steerSuite } from "./steer.suite.ts";
import { streamSuite } from "./streams.suite.ts";
import { supervisorSuite } from "./supervisor.suite.ts";
import { taskSuite } from "./tasks.suite.ts";
import { topicCallSuite } from "./topiccall.suite.ts";
import { topicsSuite } from "./topics.suite.ts";
import { typesSuite } from "./types.suite.ts";
import { validationSuite } from "./validation.suite.ts";
import { wrapSuite } from "./wrap.suite.ts";
import type { On } from "./stage.ts";

/** A suite takes its name and how to start a system over the store under test. */
type Suite = (name: string, on: On) => void;

export const groups = {
  push: [
    callSuite,
    capacitySuite,
    castSuite,
    deadlineSuite,
    deliverySuite,
    exactlyOnceSuite,
    failingSuite,
    infoSuite,
    lineageSuite,
    orderSuite,
    replySuite,
    retrySuite,
    stateSuite,
    typesSuite,
    validationSuite,
  ],
  pull: [
    closingSuite,
    deadLetterSuite,
    historySuite,
    interceptorSuite,
    leaseSuite,
    lifecycleSuite,
    receiveSuite,
    reportSuite,
    settlingSuite,
    statisticsSuite,
  ],
  topics: [liveSuite, durableSuite, publishingSuite, topicCallSuite, topicsSuite],
  times: [delaySuite, scheduleSuite],
  many: [keyedSuite, leavingSuite, poolSuite, routerSuite],
  supervision: [breakerSuite, controlSuite, healthSuite, pausingSuite, restartSuite, supervisorSuite],
  tasks: [
    aheadSuite,
    llmSuite,
    modelSuite,
    noteSuite,
    overspendSuite,
    blackboardSuite,
    fanOutSuite,
    patternSuite,
    peopleSuite,
    sseSuite,
    budgetSuite,
    cancelSuite,
    limitSuite,
    linkSuite,
    loopSuite,
    streamSuite,
    taskSuite,
    wrapSuite,
  ],
  busy: [conversationSuite, inHandSuite, interruptSuite, loadSuite, rejectSuite, steerSuite],
} satisfies Readonly<Record<string, readonly Suite[]>>;
