/** Files of an adapter folder, as PEFT names them. */
export const adapterConfigFile = 'adapter_config.json'
export const adapterWeightsFile = 'adapter_model.safetensors'

const prefix = 'base_model.model.'

/** Name of a parameter that is stored whole (`modules_to_save`), by its path in the base's checkpoint. */
export function savedTensorName(path: string): string {
  return `${prefix}${path}`
}

/** Name of a module's A or B in the file. */
export function adapterTensorName(path: string, factor: 'A' | 'B'): string {
  return `${prefix}${path}.lora_${factor}.weight`
}
