const paths = {
  bots: 'M5 9.5A2.5 2.5 0 0 1 7.500 7h9A2.500 2.500 0 0 1 19 9.500v7a2.500 2.500 0 0 1-2.500 2.500h-9A2.500 2.500 0 0 1 5 16.500zM12 7V4M9.500 12v1.500M14.500 12v1.500',
  deliveries: 'M4 12h11M11 7l5 5-5 5M20 5v14',
  trouble: 'M12 4 2.800 19.500h18.400zM12 10v4.500M12 17.200v.1',
  try: 'M7 4.500v15l12-7.500z',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM20 20l-4.800-4.800',
  close: 'M6 6l12 12M18 6 6 18',
  more: 'M5.500 12h.01M12 12h.01M18.500 12h.01',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  down: 'M6 9.500l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  lock: 'M6.500 11h11v8.500h-11zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  offline:
    'M4 4l16 16M8.500 16.400a5 5 0 0 1 6.200-.6M5 12.600a10 10 0 0 1 4.600-2.500M13.800 9.700A10 10 0 0 1 19 12.600M12 19.500v.1',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M18.400 5.600 17 7M7 17l-1.400 1.400',
  moon: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z',
  display: 'M4 5h16v11H4zM9 20h6M12 16v4',
  up: 'M6 14.500l6-6 6 6',
  pause: 'M8.500 5v14M15.500 5v14',
  replay: 'M4.500 12a7.500 7.500 0 1 0 2.400-5.500M4.500 4v4h4',
  external: 'M14 5h5v5M19 5l-8 8M17 14v5H5V7h5',
  filter: 'M4 6h16M7 12h10M10 18h4',
} as const

export type IconName = keyof typeof paths

/** A picture beside a text that says the same. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  )
}
