/** The address of a file in the bundle. */
declare module '*.svg?url' {
  const address: string
  export default address
}
