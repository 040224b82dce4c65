/**
 * What an adapter calls its base model: `organization/name` for a model in the hub's cache, so that the adapter means the
 * same on another machine, and the folder as it is for any other.
 *
 * @param folder where the model was loaded from
 */
export function baseModelName(folder: string): string {
  const parts = /[\\/]models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/][0-9a-f]{40}[\\/]?$/.exec(folder)
  return parts === null ? folder : `${parts[1]}/${parts[2]}`
}
