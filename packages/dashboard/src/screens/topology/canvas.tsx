/** Canvas: the picture itself: dots that can be moved, lines that lead to what went there. */
import "@xyflow/react/dist/base.css";
import {
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  type EdgeChange,
  type NodeChange,
} from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useKeys } from "../../app/keys.ts";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { DotBox, type DotNode } from "./dots.tsx";
import { SIZE } from "./layout.ts";
import { lineText } from "./ends.ts";
import { LinePath, type LineEdge } from "./line.tsx";
import type { Line, Picture } from "./picture.ts";
import { useKept } from "./usekept.ts";
import type { Placed } from "./useplaces.ts";
import { wordOf } from "./words.ts";

const nodeTypes = { dot: DotBox };
const edgeTypes = { line: LinePath };
/** Of more lines only those that are looked at tell their figures. */
const MOST_TOLD = 60;
/** Where so many are drawn, those that fail tell it too. */
const MOST_FAILED = 150;
/** Only the busiest move, and none where there are many: each frame would draw all of them anew. */
const MOST_MOVING = 40;
/** Smaller than this names cannot be read: then they, and the heads of lines, are not drawn. */
const FAR = 0.3;
/** What went within so many milliseconds goes now. */
const LATELY = 15_000;

export interface CanvasProps {
  readonly picture: Picture;
  readonly placed: Placed;
  /** When the hub told it, and of how many seconds. */
  readonly now: number;
  readonly seconds: number;
  /** What was looked for: dots with these names. */
  readonly found: ReadonlySet<string> | undefined;
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
  readonly open: (line: Line) => void;
}

export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ picture, placed, now, seconds, found, chosen, choose, open }: CanvasProps) {
  const { places, move } = placed;
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  const isFar = useStore(({ transform: [, , zoom] }) => zoom < FAR);
  const near = useMemo(() => neighbours(picture, chosen), [picture, chosen]);
  const laidNodes = useMemo<DotNode[]>(
    () =>
      picture.dots.flatMap((dot) => {
        const position = places?.[dot.id];
        if (position === undefined) return [];
        const isFound = found?.has(dot.id) ?? false;
        const isFaint = found ? !isFound : near ? !near.has(dot.id) : false;
        const data = { dot, label: dot.label, isFaint, isFound, isChosen: dot.id === chosen };
        return [
          {
            id: dot.id,
            type: "dot",
            position,
            data,
            ...SIZE,
            ariaLabel: `${plain(dot.label)}: ${wordOf(dot)}`,
          },
        ];
      }),
    [picture, places, found, near, chosen],
  );
  const labels = useMemo(() => new Map(picture.dots.map(({ id, label }) => [id, label])), [picture]);
  const nameOf = (id: string): string => plain(labels.get(id) ?? id);
  const drawnEdges = useMemo<LineEdge[]>(
    () =>
      picture.lines.map((line, at) => {
        const { id, from, to, lastAt } = line;
        const isNear = chosen !== undefined && (from === chosen || to === chosen);
        const isFaint = found ? !found.has(from) && !found.has(to) : chosen !== undefined && !isNear;
        const most = line.failed > 0 ? MOST_FAILED : MOST_TOLD;
        const isTold = picture.lines.length <= most || isNear;
        const isMoving = at < MOST_MOVING && picture.lines.length <= MOST_FAILED && now - lastAt < LATELY;
        const ariaLabel = `${plain(from)} to ${plain(to)}: ${lineText(line, seconds)}`;
        return {
          ...{ id, source: from, target: to, type: "line", ariaLabel },
          data: { line, name: `${nameOf(from)} → ${nameOf(to)}`, seconds, isFaint, isTold, isMoving, open },
        };
      }),
    [picture, found, chosen, now, seconds, open],
  );
  const nodes = useKept(laidNodes, nodeSign);
  const edges = useKept(drawnEdges, edgeSign);
  const onNodesChange = useCallback(
    (changes: NodeChange<DotNode>[]) => {
      for (const change of changes) {
        if (change.type === "position" && change.position)
          move(change.id, change.position, change.dragging !== true);
        if (change.type === "select" && change.selected) choose(change.id);
      }
    },
    [move, choose],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<LineEdge>[]) => {
      const chosenLine = changes.find((change) => change.type === "select" && change.selected);
      const line = chosenLine && "id" in chosenLine && picture.lines.find(({ id }) => id === chosenLine.id);
      if (line) open(line);
    },
    [picture, open],
  );
  const showAll = useCallback(() => void fitView({ padding: 0.08, maxZoom: 1.1 }), [fitView]);
  useKeys(
    useMemo(
      () => [
        { keys: "+", does: "Nearer", run: () => void zoomIn() },
        { keys: "-", does: "Farther", run: () => void zoomOut() },
        { keys: "0", does: "All of it", run: showAll },
      ],
      [zoomIn, zoomOut, showAll],
    ),
  );
  useEffect(() => {
    const own = [...(found ?? [])].map((id) => ({ id }));
    if (own.length > 0) void fitView({ nodes: own, maxZoom: 1.1, padding: 0.3 });
  }, [found, fitView]);
  // Whoever comes is seen, until somebody has looked elsewhere.
  const hasLooked = useRef(false);
  useEffect(() => {
    if (!hasLooked.current) showAll();
  }, [nodes.length, showAll]);
  if (places === undefined)
    return (
      <p role="status" className="p-4 text-small text-soft">
        Laying it out …
      </p>
    );
  return (
    <ReactFlow
      className="group/flow"
      data-far={isFar || undefined}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      nodesConnectable={false}
      elevateNodesOnSelect={false}
      selectNodesOnDrag={false}
      deleteKeyCode={null}
      minZoom={0.08}
      maxZoom={2}
      fitView
      fitViewOptions={{ padding: 0.08, maxZoom: 1.1 }}
      onlyRenderVisibleElements
      onMoveStart={(event) => {
        if (event) hasLooked.current = true;
      }}
      proOptions={{ hideAttribution: true }}
      aria-label="Who speaks to whom; the table tells the same"
    >
      <Panel position="bottom-left" className="m-2 flex gap-1">
        <Button aria-label="Nearer" title="Nearer (+)" onClick={() => void zoomIn()}>
          <Plus size={13} aria-hidden />
        </Button>
        <Button aria-label="Farther" title="Farther (-)" onClick={() => void zoomOut()}>
          <Minus size={13} aria-hidden />
        </Button>
        <Button aria-label="All of it" title="All of it (0)" onClick={showAll}>
          <Maximize size={13} aria-hidden />
        </Button>
      </Panel>
    </ReactFlow>
  );
}

/** All that is seen of a dot, and of a line: where its figures are not told, how long ago they were made does not matter. */
const nodeSign = ({ position: { x, y }, ariaLabel, data }: DotNode): string =>
  [x, y, ariaLabel, data.isFaint, data.isFound, data.isChosen, data.dot.ends.length].join(" ");

function edgeSign({ data, ariaLabel }: LineEdge): string {
  if (!data) return "";
  const { line, isFaint, isTold, isMoving } = data;
  const figures = isTold ? ariaLabel : `${line.amount} ${line.failed} ${line.done}`;
  return `${figures} ${isFaint} ${isTold} ${isMoving}`;
}

/** The chosen one and whoever has to do with it. */
function neighbours({ lines }: Picture, chosen: string | undefined): ReadonlySet<string> | undefined {
  if (chosen === undefined) return undefined;
  const own = lines.filter(({ from, to }) => from === chosen || to === chosen);
  return new Set([chosen, ...own.flatMap(({ from, to }) => [from, to])]);
}
